using System.Management.Automation;
using System.Xml.Linq;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>Every object that comes out of a cmdlet has a table, a list and a wide view.</summary>
public class ViewLintTests
{
    private static readonly string[] Controls = ["TableControl", "ListControl", "WideControl"];

    /// <summary>The views of all format files: the name of the type, and that of the control.</summary>
    private static readonly HashSet<(string Type, string Control)> Views =
    [
        .. Directory.EnumerateFiles(RepositoryRoot.Combine("src", "KvmPS", "Format"), "*.Format.ps1xml")
            .SelectMany(static file => XDocument.Load(file).Descendants("View"))
            .SelectMany(static view => view.Descendants("TypeName").SelectMany(_ => view.Elements(), static (type, part) => (type.Value, part.Name.LocalName))),
    ];

    /// <summary>The public classes whose objects users meet.</summary>
    public static TheoryData<string> Objects => new(typeof(KvmVM).Assembly.GetExportedTypes()
        .Where(static type => type.Namespace == "KvmPS" && type is { IsClass: true, IsAbstract: false } && !type.IsSubclassOf(typeof(Exception)) && !typeof(IModuleAssemblyInitializer).IsAssignableFrom(type))
        .Select(static type => type.FullName!));

    [Theory]
    [MemberData(nameof(Objects))]
    public void It_has_a_view_of_each_kind(string type) => Assert.All(Controls, control => Assert.Contains((type, control), Views));

    [Fact]
    public void What_cmdlets_write_and_what_hangs_on_it_are_among_them()
    {
        Queue<Type> open = new(CmdletUnderTest.All.SelectMany(static cmdlet => cmdlet.OutputTypes));
        HashSet<Type> reached = [];
        while (open.TryDequeue(out Type? type))
        {
            Type item = type.IsArray ? type.GetElementType()! : type;
            foreach (Type argument in item.GenericTypeArguments) open.Enqueue(argument);
            if (item.Assembly != typeof(KvmVM).Assembly || !item.IsClass || !reached.Add(item)) continue;
            foreach (Type property in item.GetProperties().Select(static property => property.PropertyType)) open.Enqueue(property);
        }

        Assert.Contains(typeof(KvmFault), reached); // reached through a property
        Assert.Empty(reached.Select(static type => type.FullName!).Except(Objects.Select(static row => row.Data), StringComparer.Ordinal));
    }

    [Fact]
    public void A_view_is_of_a_type_that_there_is() =>
        Assert.All(Views.Select(static view => view.Type).Distinct(StringComparer.Ordinal), static type => Assert.NotNull(typeof(KvmVM).Assembly.GetType(type)));
}
