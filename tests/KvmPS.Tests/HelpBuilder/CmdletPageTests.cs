using KvmPS.HelpBuilder.Pages;
using Xunit;

namespace KvmPS.Tests.HelpBuilder;

public sealed class CmdletPageTests
{
    [Fact]
    public void Texts_are_kept_as_markdown()
    {
        var page = Read("Get-ToyEngine.md");

        Assert.Equal("Get-ToyEngine", page.Name);
        Assert.Equal("Toy.dll-Help.xml", page.HelpFile);
        Assert.Equal("Gets the engines of this session.", page.Synopsis);
        Assert.StartsWith("`Get-ToyEngine` returns the engines that live in this process, **by name** or by id.\nText may", page.Description, StringComparison.Ordinal);
        Assert.EndsWith("    four   spaces", page.Description, StringComparison.Ordinal);
        Assert.Equal("Example 1: All engines|Example 2: Two blocks|Example 3", string.Join('|', page.Examples.Select(e => e.Title)));
        Assert.Equal("System.String[]|System.Guid[]", string.Join('|', page.Inputs.Select(i => i.Title)));
        Assert.Equal(new PageLink("The manual", "https://example.org/manual?a=1&b=2"), page.RelatedLinks[1]);
    }

    [Fact]
    public void A_heading_like_line_in_code_is_code()
    {
        var page = Read("Get-ToyEngine.md");

        Assert.Contains("# a comment, not a heading\n```", page.Examples[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_form_of_a_syntax_line_is_read_and_put_in_order()
    {
        var syntax = Read("Use-ToyEdge.md").Syntax[0].Parameters;

        Assert.Equal(
            [
                new SyntaxParameter("b", "string", IsMandatory: false, Position: 0),
                new SyntaxParameter("A", "Nullable[int]", IsMandatory: true, Position: 1),
                new SyntaxParameter("D", "List`1[string]", IsMandatory: true, Position: null),
                new SyntaxParameter("Sw", null, IsMandatory: true, Position: null),
                new SyntaxParameter("Opt", "hashtable", IsMandatory: false, Position: null),
                new SyntaxParameter("zebra", null, IsMandatory: false, Position: null),
                new SyntaxParameter("Alpha2", "int", IsMandatory: false, Position: null),
                new SyntaxParameter("Alpha10", "int", IsMandatory: false, Position: null),
            ],
            syntax);
    }

    [Fact]
    public void A_parameter_sums_up_its_sets()
    {
        var a = Assert.Single(Read("Use-ToyEdge.md").Parameters, p => p.Name == "A");

        Assert.True(a.IsMandatory);
        Assert.True(a.ByValue);
        Assert.False(a.ByPropertyName);
        Assert.Equal("Named", a.Position);
        Assert.Equal(["x", "y y"], a.Aliases);
        Assert.Equal("System.Nullable`1[System.Int32]", a.TypeName);
    }

    [Fact]
    public void Windows_line_ends_change_nothing()
    {
        var unix = Read("Get-ToyEngine.md");
        var (windows, problems) = PageFixture.Read("Get-ToyEngine.md", PageFixture.Page("Get-ToyEngine.md").ReplaceLineEndings("\r\n"));

        Assert.Empty(problems);
        Assert.Equal(unix.Description, windows!.Description);
        Assert.Equal(unix.Examples, windows.Examples);
    }

    private static CmdletPage Read(string file)
    {
        var (page, problems) = PageFixture.Read(file, PageFixture.Page(file));
        Assert.Empty(problems);
        return page!;
    }
}
