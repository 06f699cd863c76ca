using System.Xml.Linq;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>What the module says about the way of its objects over the wire.</summary>
public class WireLintTests
{
    [Fact]
    public void Each_enum_of_a_public_object_goes_as_its_name_and_no_other_type_does()
    {
        IEnumerable<string> held = ViewLintTests.Objects
            .SelectMany(static row => typeof(KvmVM).Assembly.GetType(row.Data)!.GetProperties())
            .Select(static property => property.PropertyType.GetElementType() ?? Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType)
            .Where(static type => type.IsEnum && type.Namespace!.StartsWith("KvmPS", StringComparison.Ordinal))
            .Select(static type => type.FullName!)
            .Distinct(StringComparer.Ordinal);
        var file = XDocument.Load(RepositoryRoot.Combine("src", "KvmPS", "Format", "KvmPS.Enum.Types.ps1xml"));
        Assert.All(file.Descendants("NoteProperty"), static note => Assert.Equal(("SerializationMethod", "String"), ((string?)note.Element("Name"), (string?)note.Element("Value"))));
        Assert.Equal(held.Order(StringComparer.Ordinal), file.Descendants("Type").Select(static type => (string)type.Element("Name")!).Order(StringComparer.Ordinal));
    }
}
