using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>Reads a cmdlet's page: PlatyPS 1.0 markdown, schema 2024-05-01.</summary>
internal sealed class CmdletPageReader
{
    private static readonly string[] SectionOrder =
        ["SYNOPSIS", "SYNTAX", "ALIASES", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];

    private readonly PageText _page;
    private readonly Dictionary<string, PageSection> _sections = new(StringComparer.Ordinal);

    private CmdletPageReader(PageText page) => _page = page;

    /// <summary>The page, or null when it has problems.</summary>
    public static CmdletPage? Read(PageText page)
    {
        int before = page.ProblemCount;
        var result = new CmdletPageReader(page).Read();
        return page.ProblemCount == before ? result : null;
    }

    private CmdletPage Read()
    {
        var front = FrontMatter.Read(_page);
        CheckTitle();
        FindSections();

        var parameters = ReadParameters();
        return new CmdletPage(
            _page.Path,
            _page.Name,
            front.GetValueOrDefault("external help file", ""),
            front.GetValueOrDefault("HelpUri", ""),
            RequiredText("SYNOPSIS"),
            RequiredText("DESCRIPTION"),
            _sections.GetValueOrDefault("NOTES")?.Text ?? "",
            ReadSyntax(parameters),
            ReadExamples(),
            parameters,
            ReadTypes("INPUTS"),
            ReadTypes("OUTPUTS"),
            ReadLinks());
    }

    private void CheckTitle()
    {
        var titles = PageSection.Split(_page, 1, 0, _page.LineCount);
        if (titles is not [{ } title] || title.Title != _page.Name)
            _page.Report(titles.LastOrDefault()?.Line ?? _page.FrontMatterEnd, ProblemCode.Structure, $"The page must have one title, '# {_page.Name}'.");
    }

    private void FindSections()
    {
        // PlatyPS leaves out the line above a heading, which it takes for an empty one.
        foreach (var heading in _page.Blocks.OfType<HeadingBlock>().Where(h => !_page.IsBlank(h.Line - 1) || h.IsSetext))
            _page.Report(heading.Line, ProblemCode.Structure, "A heading begins with '#' and has an empty line above it.");

        int last = -1;
        foreach (var section in PageSection.Split(_page, 2, 0, _page.LineCount))
        {
            int order = Array.IndexOf(SectionOrder, section.Title);
            if (order < 0) section.Report(ProblemCode.Structure, $"Unknown section '{section.Title}'.");
            else if (!_sections.TryAdd(section.Title, section)) section.Report(ProblemCode.Structure, $"A second section {section.Title}.");
            else if (order < last) section.Report(ProblemCode.Structure, $"{section.Title} must stand above {SectionOrder[last]}.");
            last = Math.Max(last, order);
        }

        foreach (string name in SectionOrder.Where(n => n != "ALIASES" && !_sections.ContainsKey(n)))
            _page.Report(0, ProblemCode.Structure, $"The section {name} is missing.");
    }

    private List<PageSection> Entries(string section) => _sections.GetValueOrDefault(section)?.Entries() ?? [];

    private string RequiredText(string name)
    {
        if (!_sections.TryGetValue(name, out var section)) return "";
        if (section.Text.Length == 0) section.Report(ProblemCode.MissingText, $"{name} is empty.");
        return section.Text;
    }

    private List<CmdletSyntax> ReadSyntax(List<CmdletParameter> parameters)
    {
        if (!_sections.TryGetValue("SYNTAX", out var section)) return [];
        var entries = section.Entries();
        if (entries.Count == 0) section.Report(ProblemCode.Syntax, "There is no parameter set: a '###' heading with a fenced syntax line.");
        var result = entries.Select(e => SyntaxReader.Read(_page, e)).OfType<CmdletSyntax>().ToList();
        if (result.Count == entries.Count) CompareNames(section, result, parameters);
        return result;
    }

    private static void CompareNames(PageSection section, List<CmdletSyntax> syntax, List<CmdletParameter> parameters)
    {
        var used = syntax.SelectMany(s => s.Parameters).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var described = parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (string name in used.Except(described, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            section.Report(ProblemCode.Syntax, $"-{name} has no entry in PARAMETERS.");
        foreach (string name in described.Except(used, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            section.Report(ProblemCode.Syntax, $"-{name} of PARAMETERS is in no syntax line.");
    }

    private List<TitledText> ReadExamples()
    {
        var entries = Entries("EXAMPLES");
        if (entries.Count < 2 && _sections.TryGetValue("EXAMPLES", out var section))
            section.Report(ProblemCode.Examples, $"A page has at least two examples, this one {entries.Count}.");
        foreach (var entry in entries.Where(e => !e.Blocks.Any(b => b is FencedCodeBlock)))
            entry.Report(ProblemCode.Examples, $"'{entry.Title}' shows no fenced code.");
        return [.. entries.Select(e => new TitledText(e.RawTitle, e.Text))];
    }

    private List<CmdletParameter> ReadParameters()
    {
        var result = new List<CmdletParameter>();
        foreach (var entry in Entries("PARAMETERS").Where(e => e.Title is not ("CommonParameters" or "WorkflowCommonParameters")))
        {
            if (ParameterReader.Read(_page, entry) is not { } parameter) continue;
            if (result.Exists(p => p.Name == parameter.Name)) entry.Report(ProblemCode.Structure, $"A second entry for -{parameter.Name}.");
            result.Add(parameter);
        }

        return [.. result.OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private List<TitledText> ReadTypes(string section)
    {
        var entries = Entries(section);
        foreach (var entry in entries.Where(e => e.Blocks.FirstOrDefault() is not (null or ParagraphBlock)))
            entry.Report(ProblemCode.Structure, $"The text of {entry.Title} must begin with a paragraph.");
        return [.. entries.Select(e => new TitledText(e.Title, e.Text))];
    }

    private List<PageLink> ReadLinks()
    {
        if (!_sections.TryGetValue("RELATED LINKS", out var section)) return [];
        var blocks = section.Blocks.ToList();
        if (blocks.Count == 0) return [];

        var items = blocks is [ListBlock list] ? list.ToList() : [];
        var links = items.Select(i => i.Descendants<LinkInline>().ToList()).ToList();
        if (links.Count > 0 && links.TrueForAll(l => l is [{ Url: not null, FirstChild: LiteralInline { NextSibling: null } }]))
            return [.. links.Select(l => new PageLink(l[0].FirstChild!.ToString()!, l[0].Url!))];

        section.Report(ProblemCode.RelatedLinks, "RELATED LINKS must be one list, each item one link with plain text.");
        return [];
    }
}
