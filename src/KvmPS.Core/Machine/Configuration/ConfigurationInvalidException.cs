namespace KvmPS.Core.Machine;

/// <summary>A machine's configuration file that cannot be used: says where in it which rule is broken.</summary>
public sealed class ConfigurationInvalidException : Exception
{
    internal ConfigurationInvalidException(string path, string rule, Exception? inner = null)
        : base(Printable($"{path}: {rule}"), inner)
    {
        Path = path;
        Rule = rule;
    }

    /// <summary>Where, as a JSON path such as <c>$.initrd[1]</c>.</summary>
    public string Path { get; }

    /// <summary>What must be so there.</summary>
    public string Rule { get; }

    /// <summary>Whether a newer version of the module wrote the file.</summary>
    public bool IsNewer { get; internal init; }

    /// <summary>Names come from the file, and must not steer the terminal that shows them.</summary>
    private static string Printable(string text) => string.Create(text.Length, text, static (printable, text) =>
    {
        for (int i = 0; i < printable.Length; i++) printable[i] = char.IsControl(text[i]) ? '\uFFFD' : text[i];
    });
}
