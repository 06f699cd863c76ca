using System.Text;
using Markdig;
using Markdig.Syntax;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>A page as lines and top-level markdown blocks, with the front matter set aside.</summary>
internal sealed class PageText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // PlatyPS reads cmdlet pages as plain CommonMark; about topics are ours alone, and may hold tables.
    private static readonly MarkdownPipeline CommonMark = new MarkdownPipelineBuilder().Build();
    private static readonly MarkdownPipeline WithTables = new MarkdownPipelineBuilder().UsePipeTables().Build();

    private readonly PageProblems _problems;
    private readonly string[] _lines;

    private PageText(string path, string[] lines, PageProblems problems)
    {
        Path = path;
        _lines = lines;
        _problems = problems;
        FrontMatterEnd = FindFrontMatterEnd(lines);
        var body = Enumerable.Repeat("", FrontMatterEnd).Concat(lines.Skip(FrontMatterEnd));
        Blocks = Markdown.Parse(string.Join('\n', body), IsAboutTopic ? WithTables : CommonMark);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The name of the page: the file's name without its extension.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>True for a conceptual topic, false for a cmdlet's page.</summary>
    public bool IsAboutTopic => Name.StartsWith("about_", StringComparison.Ordinal);

    /// <summary>The number of lines from the first to the second <c>---</c>, both included; 0 without front matter.</summary>
    public int FrontMatterEnd { get; }

    /// <summary>The number of lines.</summary>
    public int LineCount => _lines.Length;

    /// <summary>The top-level blocks below the front matter; their lines count from 0 at the top of the file.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>Reads a page; null (and a problem) when it is not clean UTF-8 text.</summary>
    public static PageText? Read(string path, PageProblems problems)
    {
        try
        {
            return Parse(path, File.ReadAllText(path, StrictUtf8), problems);
        }
        catch (DecoderFallbackException)
        {
            problems.Add(path, 1, ProblemCode.Input, "The file is not UTF-8.");
            return null;
        }
    }

    /// <summary>Parses a page; null (and problems) for control characters, which no XML file may hold.</summary>
    public static PageText? Parse(string path, string content, PageProblems problems)
    {
        string[] lines = content.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        bool clean = true;
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Contains("{{", StringComparison.Ordinal))
                problems.Add(path, i + 1, ProblemCode.Placeholder, $"A placeholder was left in: {lines[i].Trim()}");
            if (!lines[i].Any(c => char.IsControl(c) && c != '\t')) continue;
            problems.Add(path, i + 1, ProblemCode.Input, "The line holds a control character.");
            clean = false;
        }

        return clean ? new PageText(path, lines, problems) : null;
    }

    /// <summary>Lines <paramref name="start"/> (from 0) up to and without <paramref name="end"/>, trimmed on the right and as a whole.</summary>
    public string Text(int start, int end) => string.Join('\n', _lines[start..end].Select(l => l.TrimEnd())).Trim();

    /// <summary>True for a line (from 0) of white space only, and for one above or below the page.</summary>
    public bool IsBlank(int line) => line < 0 || line >= _lines.Length || string.IsNullOrWhiteSpace(_lines[line]);

    /// <summary>Reports a problem at a line counted from 0.</summary>
    public void Report(int line, string code, string message) => _problems.Add(Path, line + 1, code, message);

    /// <summary>The number of problems so far, over all pages.</summary>
    public int ProblemCount => _problems.All.Count;

    private static int FindFrontMatterEnd(string[] lines)
    {
        if (lines[0].TrimEnd() != "---") return 0;
        int end = Array.FindIndex(lines, 1, l => l.TrimEnd() == "---");
        return end < 0 ? 0 : end + 1;
    }
}
