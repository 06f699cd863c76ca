using KvmPS.HelpBuilder.Pages;
using Markdig.Syntax;

namespace KvmPS.HelpBuilder.About;

/// <summary>A conceptual help topic.</summary>
/// <param name="Name">Such as <c>about_KvmPS</c>.</param>
/// <param name="ShortDescription">One line, which <c>Get-Help about_*</c> lists.</param>
/// <param name="Blocks">The markdown below the short description.</param>
internal sealed record AboutTopic(string Name, string ShortDescription, IReadOnlyList<Block> Blocks);

/// <summary>Reads an about topic: a title, a section <c>Short description</c>, then anything that plain text can show.</summary>
internal static class AboutTopicReader
{
    /// <summary>The longest short description, so that it stays one line below its indentation.</summary>
    public const int MaxShortDescription = AboutRenderer.Width - AboutRenderer.Indent;

    /// <summary>The topic, or null (and problems).</summary>
    public static AboutTopic? Read(PageText page)
    {
        int before = page.ProblemCount;
        var titles = PageSection.Split(page, 1, 0, page.LineCount);
        if (titles is not [{ } title] || title.Title != page.Name)
            page.Report(titles.LastOrDefault()?.Line ?? page.FrontMatterEnd, ProblemCode.Structure, $"The topic must have one title, '# {page.Name}'.");

        var sections = PageSection.Split(page, 2, 0, page.LineCount);
        if (sections is not [{ Title: "Short description" } summary, ..])
        {
            page.Report(sections.FirstOrDefault()?.Line ?? 0, ProblemCode.Structure, "The first section must be '## Short description'.");
            return null;
        }

        string text = summary.Blocks.ToList() is [ParagraphBlock { Inline: { } inline }] ? AboutInline.Text(inline) : "";
        if (text.Length is 0 or > MaxShortDescription)
            summary.Report(ProblemCode.MissingText, $"The short description must be one paragraph of at most {MaxShortDescription} characters.");

        int start = sections.Count > 1 ? sections[1].Line : page.LineCount;
        var blocks = page.Blocks.Where(b => b.Line >= start && b is not LinkReferenceDefinitionGroup).ToList();
        foreach (var block in blocks.Where(b => !AboutRenderer.CanRender(b)))
            page.Report(block.Line, ProblemCode.AboutTopic, "Plain text cannot show this; use headings, paragraphs, lists, tables, quotes and code.");
        return page.ProblemCount == before ? new AboutTopic(page.Name, text, blocks) : null;
    }
}
