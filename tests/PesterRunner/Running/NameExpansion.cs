using System.Management.Automation;
using System.Text.RegularExpressions;

namespace PesterRunner.Running;

/// <summary>Fills in the <c>&lt;placeholders&gt;</c> of a name: each is an expression without its dollar sign, such as <c>&lt;_.Name&gt;</c>.</summary>
internal static partial class NameExpansion
{
    /// <exception cref="RuntimeException">An expression is wrong.</exception>
    public static string Expand(PSCmdlet caller, string name)
    {
        if (!name.Contains('<', StringComparison.Ordinal)) return name;
        string quoted = name.Replace("$", "`$", StringComparison.Ordinal).Replace("\"", "`\"", StringComparison.Ordinal);
        ScriptBlock text = ScriptBlock.Create($"\"{Placeholder().Replace(quoted, "$$($$${expression})")}\"");
        return string.Concat(caller.InvokeCommand.InvokeScript(useLocalScope: true, text, input: null));
    }

    // A backtick before the bracket keeps it as it is.
    [GeneratedRegex("(?<!`)<(?<expression>[^>^`]+)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
