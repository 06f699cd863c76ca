using KvmPS.HelpBuilder;
using Xunit;

namespace KvmPS.Tests.HelpBuilder;

public sealed class PageProblemTests
{
    private const string File = "Get-ToyEngine.md";

    /// <summary>What is replaced in a good page, by what, and the one problem that must come of it.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "The name, or a pattern.", "{{ Fill Name Description }}", ProblemCode.Placeholder },
        { "The name, or a pattern.", "The \u0007 bell.", ProblemCode.Input },
        { "Locale: en-US\n", "", ProblemCode.FrontMatter },
        { "Locale: en-US", "Locale: de-DE", ProblemCode.FrontMatter },
        { "title: Get-ToyEngine", "title: Get-ToyEngin", ProblemCode.FrontMatter },
        { "title: Get-ToyEngine", "title: [Get-ToyEngine", ProblemCode.FrontMatter },
        { "HelpUri: ''", "HelpUri:", ProblemCode.FrontMatter },
        { "2024-05-01", "2023-05-01", ProblemCode.FrontMatter },
        { "# Get-ToyEngine\n\n## S", "# Get-ToyEngin\n\n## S", ProblemCode.Structure },
        { "## NOTES", "## NOTE", ProblemCode.Structure },
        { "## ALIASES", "## NOTES", ProblemCode.Structure },
        { "## OUTPUTS", "## INPUTS", ProblemCode.Structure },
        { "\n\n## NOTES", "\n## NOTES", ProblemCode.Structure },
        { "## INPUTS\n", "## INPUTS\n\nLost text.\n", ProblemCode.Structure },
        { "Shows every engine.", "#### Deep", ProblemCode.Structure },
        { "Ids, by property name.", "- Ids, by property name.", ProblemCode.Structure },
        { "### -Id", "### Id", ProblemCode.Structure },
        { "Adds the slow fields.\n\n", "Adds the slow fields.\n", ProblemCode.Structure },
        { "Gets the engines of this session.", "", ProblemCode.MissingText },
        { "Adds the slow fields.", "", ProblemCode.MissingText },
        { "```powershell\nGet-ToyEngine\n```\n", "Get-ToyEngine\n", ProblemCode.Examples },
        { "Type: System.Guid[]", "Type: [System.Guid", ProblemCode.ParameterMetadata },
        { "Type: System.Guid[]", "Type: ''", ProblemCode.ParameterMetadata },
        { "Type: System.Guid[]\n", "", ProblemCode.ParameterMetadata },
        { "  IsRequired: true", "  IsRequired: yes", ProblemCode.ParameterMetadata },
        { "  IsRequired: true", "  IsRequire: true\n  IsRequired: true", ProblemCode.ParameterMetadata },
        { "Aliases: []", "Aliases: gte", ProblemCode.ParameterMetadata },
        { "Aliases: []", "Aliases: []\nAliases: []", ProblemCode.ParameterMetadata },
        { "### CommonParameters", "Text below the metadata.\n\n### CommonParameters", ProblemCode.ParameterMetadata },
        { "Get-ToyEngine -Id <guid[]>", "Get-ToyEngine -Id <guid[]", ProblemCode.Syntax },
        { "Get-ToyEngine -Id <guid[]>", "Get-Toy -Id <guid[]>", ProblemCode.Syntax },
        { "Get-ToyEngine -Id <guid[]>", "Get-ToyEngine -Id <guid[]> [-Unknown]", ProblemCode.Syntax },
        { "- [about_Toy](about_Toy.md)", "- about_Toy", ProblemCode.RelatedLinks },
        { "- [about_Toy](about_Toy.md)", "- [`about_Toy`](about_Toy.md)", ProblemCode.RelatedLinks },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_found_and_no_page_comes_of_it(string good, string bad, string code)
    {
        string content = PageFixture.Page(File);
        int index = content.IndexOf(good, StringComparison.Ordinal);
        Assert.True(index >= 0, "The fixture has changed.");

        var (page, problems) = PageFixture.Read(File, content[..index] + bad + content[(index + good.Length)..]);

        Assert.Contains(problems, p => p.Code == code);
        Assert.True(page is null || code == ProblemCode.Placeholder);
    }

    [Fact]
    public void A_problem_is_placed_as_MSBuild_wants_it()
    {
        string content = PageFixture.Page(File).Replace("Adds the slow fields.", "{{ Fill }}", StringComparison.Ordinal);

        var problem = Assert.Single(PageFixture.Read(File, content).Problems);

        int line = content.Split('\n').Index().First(l => l.Item.Contains("{{", StringComparison.Ordinal)).Index + 1;
        Assert.Equal($"Get-ToyEngine.md({line}): error KVMDOC001: A placeholder was left in: {{{{ Fill }}}}", problem.ToString());
    }

    [Fact]
    public void Broken_metadata_is_placed_at_its_own_line()
    {
        string content = PageFixture.Page(File).Replace("IsRequired: true", "IsRequired: perhaps", StringComparison.Ordinal);

        var problem = Assert.Single(PageFixture.Read(File, content).Problems);

        Assert.Equal("  IsRequired: perhaps", content.Split('\n')[problem.Line - 1]);
    }

    [Fact]
    public void One_example_is_too_few()
    {
        string content = PageFixture.Page("Sync-ToyEngine.md").Replace("### Example 2\n\n", "", StringComparison.Ordinal);

        Assert.Equal(ProblemCode.Examples, Assert.Single(PageFixture.Read("Sync-ToyEngine.md", content).Problems).Code);
    }

    [Fact]
    public void Every_problem_of_a_page_is_reported_at_once()
    {
        string content = PageFixture.Page(File)
            .Replace("Gets the engines of this session.", "", StringComparison.Ordinal)
            .Replace("Adds the slow fields.", "", StringComparison.Ordinal)
            .Replace("## NOTES", "## NOTE", StringComparison.Ordinal);

        Assert.Equal(
            "KVMDOC003 KVMDOC003 KVMDOC004 KVMDOC004",
            string.Join(' ', PageFixture.Read(File, content).Problems.Select(p => p.Code).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_page_that_lacks_a_line_or_is_cut_short_is_read_or_refused()
    {
        string[] lines = PageFixture.Page(File).Split('\n');
        for (int i = 0; i < lines.Length; i += 3)
        {
            AssertReadOrRefused(lines.Where((_, index) => index != i));
            AssertReadOrRefused(lines[..i]);
        }
    }

    [Fact]
    public void An_empty_file_is_a_problem_not_a_crash()
    {
        Assert.NotEmpty(PageFixture.Read(File, "").Problems);
    }

    private static void AssertReadOrRefused(IEnumerable<string> lines)
    {
        var (page, problems) = PageFixture.Read(File, string.Join('\n', lines));
        Assert.Equal(page is null, problems.Count > 0);
    }
}
