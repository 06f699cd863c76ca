using System.Text.RegularExpressions;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>A heading of a page with all that stands below it, down to the next heading of its level or above.</summary>
internal sealed partial class PageSection
{
    private readonly PageText _page;
    private readonly int _end;

    private PageSection(PageText page, HeadingBlock heading, int end)
    {
        _page = page;
        _end = end;
        Line = heading.Line;
        Level = heading.Level;
        Title = PlainText(heading);
        RawTitle = HashMarks().Replace(page.Text(heading.Line, heading.Line + 1), "").Trim();
    }

    /// <summary>The heading's line, from 0.</summary>
    public int Line { get; }

    /// <summary>1 to 6.</summary>
    public int Level { get; }

    /// <summary>The heading as plain text.</summary>
    public string Title { get; }

    /// <summary>The heading as it is written.</summary>
    public string RawTitle { get; }

    /// <summary>All that stands below the heading.</summary>
    public string Text => _page.Text(Line + 1, _end);

    /// <summary>The top-level blocks below the heading.</summary>
    public IEnumerable<Block> Blocks => _page.Blocks.Where(b => b.Line > Line && b.Line < _end && b is not LinkReferenceDefinitionGroup);

    /// <summary>The sections of one level within the lines from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public static List<PageSection> Split(PageText page, int level, int start, int end)
    {
        var headings = page.Blocks.OfType<HeadingBlock>().Where(h => h.Line >= start && h.Line < end && h.Level <= level).ToList();
        return [.. headings.Select((h, i) => new PageSection(page, h, i + 1 < headings.Count ? headings[i + 1].Line : end)).Where(s => s.Level == level)];
    }

    /// <summary>The entries of a section that consists of nothing else: text above the first one would never be shown.</summary>
    public List<PageSection> Entries()
    {
        if (Blocks.FirstOrDefault() is { } first and not HeadingBlock { Level: 3 })
            _page.Report(first.Line, ProblemCode.Structure, $"Text in {Title} must stand below a '###' heading.");
        foreach (var deep in Blocks.OfType<HeadingBlock>().Where(h => h.Level > 3))
            _page.Report(deep.Line, ProblemCode.Structure, $"A heading below '###' cuts the text off in {Title}.");
        return Split(_page, 3, Line + 1, _end);
    }

    /// <summary>The lines from <paramref name="first"/> up to and without <paramref name="end"/> as text.</summary>
    public string TextBetween(int first, int end) => _page.Text(first, end);

    /// <summary>Reports a problem at this heading.</summary>
    public void Report(string code, string message) => _page.Report(Line, code, message);

    private static string PlainText(HeadingBlock heading) =>
        string.Concat(heading.Inline?.Descendants<LiteralInline>().Select(l => l.Content.ToString()) ?? []).Trim();

    [GeneratedRegex("^#+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HashMarks();
}
