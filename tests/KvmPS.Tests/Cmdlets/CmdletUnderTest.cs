using System.Management.Automation;
using System.Reflection;

namespace KvmPS.Tests.Cmdlets;

/// <summary>A cmdlet of the module as reflection sees it.</summary>
internal sealed class CmdletUnderTest
{
    private CmdletUnderTest(Type type, CmdletAttribute attribute)
    {
        Type = type;
        Attribute = attribute;
    }

    /// <summary>All cmdlets of the assembly.</summary>
    public static IReadOnlyList<CmdletUnderTest> All { get; } =
    [
        .. typeof(KvmVM).Assembly.GetTypes()
            .Where(static type => !type.IsAbstract && type.IsSubclassOf(typeof(Cmdlet)))
            .Select(static type => new CmdletUnderTest(type, type.GetCustomAttribute<CmdletAttribute>() ?? throw new InvalidOperationException($"{type} has no [Cmdlet].")))
            .OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal),
    ];

    /// <summary>The class.</summary>
    public Type Type { get; }

    /// <summary>Verb, noun, and what it says of itself.</summary>
    public CmdletAttribute Attribute { get; }

    /// <summary>The name that users type.</summary>
    public string Name => $"{Attribute.VerbName}-{Attribute.NounName}";

    /// <summary>The types that it says it writes.</summary>
    public IEnumerable<Type> OutputTypes => Type.GetCustomAttributes<OutputTypeAttribute>(inherit: true).SelectMany(static output => output.Type).Select(static name => name.Type);

    /// <summary>The parameters, with those of the base classes.</summary>
    public IEnumerable<PropertyInfo> Parameters => Type.GetProperties().Where(static property => property.IsDefined(typeof(ParameterAttribute), inherit: true));

    /// <summary>The names of the parameter sets, sorted; the one that stands for all when there are no others.</summary>
    public IEnumerable<string> ParameterSets
    {
        get
        {
            string[] named = [.. Parameters.SelectMany(SetsOf).Except([ParameterAttribute.AllParameterSets]).Order(StringComparer.Ordinal)];
            return named.Length == 0 ? [ParameterAttribute.AllParameterSets] : named;
        }
    }

    /// <summary>A parameter, or null.</summary>
    public PropertyInfo? Parameter(string name) => Parameters.FirstOrDefault(parameter => parameter.Name == name);

    /// <summary>The names of a set's parameters.</summary>
    public IEnumerable<string> ParametersOf(string parameterSet) => Parameters
        .Where(parameter => SetsOf(parameter).Any(set => set == parameterSet || set == ParameterAttribute.AllParameterSets))
        .Select(static parameter => parameter.Name);

    /// <summary>A cmdlet by its name.</summary>
    public static CmdletUnderTest Named(string name) => All.Single(cmdlet => cmdlet.Name == name);

    private static IEnumerable<string> SetsOf(PropertyInfo parameter) => parameter.GetCustomAttributes<ParameterAttribute>(inherit: true).Select(static attribute => attribute.ParameterSetName);
}
