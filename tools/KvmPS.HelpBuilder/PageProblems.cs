namespace KvmPS.HelpBuilder;

/// <summary>The kinds of problem, as they appear in the build's output.</summary>
public static class ProblemCode
{
    /// <summary>The directory or the bytes of a file cannot be used.</summary>
    public const string Input = "KVMDOC000";

    /// <summary>A template's <c>{{ … }}</c> was left in.</summary>
    public const string Placeholder = "KVMDOC001";

    /// <summary>The YAML front matter is missing, broken or says something else than the page.</summary>
    public const string FrontMatter = "KVMDOC002";

    /// <summary>A section is unknown, missing, doubled or out of order, or its layout would lose text.</summary>
    public const string Structure = "KVMDOC003";

    /// <summary>A text that every page must have is empty: synopsis, description, a parameter's description.</summary>
    public const string MissingText = "KVMDOC004";

    /// <summary>There are fewer than two examples, or one shows no code.</summary>
    public const string Examples = "KVMDOC005";

    /// <summary>A parameter's YAML block is missing, broken or incomplete.</summary>
    public const string ParameterMetadata = "KVMDOC006";

    /// <summary>A syntax block cannot be read, or names other parameters than the page describes.</summary>
    public const string Syntax = "KVMDOC007";

    /// <summary>The related links are not one list of plain links.</summary>
    public const string RelatedLinks = "KVMDOC008";

    /// <summary>An about topic holds something that plain text cannot show.</summary>
    public const string AboutTopic = "KVMDOC009";
}

/// <summary>One problem at one line (counted from 1) of a page.</summary>
public sealed record PageProblem(string Path, int Line, string Code, string Message)
{
    /// <summary>MSBuild's canonical form, so that an <c>Exec</c> task turns it into a build error with a place.</summary>
    public override string ToString() => $"{Path}({Line}): error {Code}: {Message}";
}

/// <summary>Collects what is wrong with the pages, so that one run shows everything.</summary>
public sealed class PageProblems
{
    private readonly List<PageProblem> _all = [];

    /// <summary>True when a problem was found.</summary>
    public bool Any => _all.Count > 0;

    /// <summary>All problems, in the order of the pages.</summary>
    public IReadOnlyList<PageProblem> All => _all;

    /// <summary>Adds a problem at a line counted from 1.</summary>
    public void Add(string path, int line, string code, string message) => _all.Add(new PageProblem(path, line, code, message));
}
