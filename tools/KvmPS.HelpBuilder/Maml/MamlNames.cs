namespace KvmPS.HelpBuilder.Maml;

/// <summary>The namespaces of PowerShell's help XML.</summary>
internal static class MamlNames
{
    /// <summary>The root element.</summary>
    public const string Root = "http://msh";

    /// <summary>Texts.</summary>
    public const string Maml = "http://schemas.microsoft.com/maml/2004/10";

    /// <summary>The parts of a command.</summary>
    public const string Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";

    /// <summary>Types and code.</summary>
    public const string Dev = "http://schemas.microsoft.com/maml/dev/2004/10";
}
