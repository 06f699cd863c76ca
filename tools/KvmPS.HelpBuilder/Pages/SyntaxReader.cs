using System.Text.RegularExpressions;
using Markdig.Syntax;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>Reads a fenced syntax line as <c>Get-Command -Syntax</c> prints it, wrapped or not.</summary>
internal static partial class SyntaxReader
{
    /// <summary>The syntax below a parameter set's heading, or null (and a problem).</summary>
    public static CmdletSyntax? Read(PageText page, PageSection entry)
    {
        if (entry.Blocks.ToList() is not [FencedCodeBlock fence])
        {
            entry.Report(ProblemCode.Syntax, $"Below '{entry.Title}' there must be one fenced syntax line, and nothing else.");
            return null;
        }

        string line = string.Join(' ', fence.Lines.ToString().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        if (Line().Match(line) is { Success: true } match && match.Groups["command"].Value == page.Name)
            return new CmdletSyntax(InHelpOrder(match.Groups["parameter"].Captures.Select(c => c.Value)));

        page.Report(fence.Line + 1, ProblemCode.Syntax, $"This is not a syntax line of {page.Name}: {line}");
        return null;
    }

    /// <summary>Positional parameters come first, then the mandatory ones, then the others, as PowerShell itself orders them.</summary>
    private static List<SyntaxParameter> InHelpOrder(IEnumerable<string> parameters)
    {
        var result = new List<SyntaxParameter>();
        int position = 0;
        foreach (string text in parameters.Where(t => t != "[<CommonParameters>]"))
        {
            var match = Parameter().Match(text);
            bool isPositional = text.Contains("] ", StringComparison.Ordinal);
            bool isMandatory = !text.StartsWith('[') || (isPositional && !text.StartsWith("[[", StringComparison.Ordinal));
            string? type = match.Groups["type"] is { Success: true } group ? group.Value : null;
            result.Add(new SyntaxParameter(match.Groups["name"].Value, type, isMandatory, isPositional ? position++ : null));
        }

        return [.. result.OrderBy(p => p.Position is not null ? 0 : p.IsMandatory ? 1 : 2)];
    }

    // [[-Name] <type>]  [-Name] <type>  [-Name <type>]  -Name <type>  [-Name]  -Name  [<CommonParameters>]
    [GeneratedRegex(
        """^(?<command>\S+)( (?<parameter>\[\[-\w+\] <\S+>\]|\[-\w+\] <\S+>(?= |$)|\[-\w+ <\S+>\]|-\w+ <\S+>(?= |$)|\[-\w+\]|-\w+|\[<CommonParameters>\]))*$""",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex("""^\[{0,2}-(?<name>\w+)\]?( <(?<type>\S+)>\]?)?$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
