using KvmPS.HelpBuilder;
using KvmPS.HelpBuilder.About;
using KvmPS.HelpBuilder.Pages;
using Xunit;

namespace KvmPS.Tests.HelpBuilder;

public sealed class AboutTopicTests
{
    private const string Head = "# about_X\n\n## Short description\n\nOne line.\n\n## Long description\n\n";

    [Fact]
    public void The_fifth_line_is_the_summary_that_PowerShell_lists()
    {
        string[] lines = Render(Head + "Text.").Split('\n');

        Assert.Equal(["TOPIC", "    about_X", "", "SHORT DESCRIPTION", "    One line."], lines[..5]);
    }

    [Fact]
    public void Paragraphs_are_wrapped_at_80_columns()
    {
        string text = Render(Head + string.Join(' ', Enumerable.Repeat("word", 200)));

        Assert.All(text.Split('\n'), l => Assert.InRange(l.Length, 0, AboutRenderer.Width));
        Assert.Contains(text.Split('\n'), l => l.Length > AboutRenderer.Width - 5);
        Assert.Equal(200, text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Count(w => w == "word"));
    }

    [Fact]
    public void Code_is_never_wrapped()
    {
        string code = "Get-Thing " + new string('x', 100);

        Assert.Contains("        " + code + "\n", Render($"{Head}```powershell\n{code}\n```\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# about_X\n\nText.\n", ProblemCode.Structure)]
    [InlineData("# about_Y\n\n## Short description\n\nOne line.\n", ProblemCode.Structure)]
    [InlineData("# about_X\n\n## Short description\n\n- a list\n", ProblemCode.MissingText)]
    [InlineData("# about_X\n\n## Short description\n\nThis text goes on and on, far beyond what fits into one line of the list of topics.\n", ProblemCode.MissingText)]
    [InlineData(Head + "<div>html</div>\n", ProblemCode.AboutTopic)]
    [InlineData(Head + "- item\n\n  <div>html</div>\n", ProblemCode.AboutTopic)]
    [InlineData(Head + "{{ Fill }}\n", ProblemCode.Placeholder)]
    public void What_plain_text_cannot_show_is_a_problem(string content, string code)
    {
        var problems = new PageProblems();
        AboutTopicReader.Read(PageText.Parse("about_X.md", content, problems)!);

        Assert.Contains(problems.All, p => p.Code == code);
    }

    [Fact]
    public void A_topic_cut_anywhere_is_rendered_or_refused()
    {
        string content = PageFixture.Page("about_Toy.md");
        for (int length = 0; length < content.Length; length += 7)
        {
            var problems = new PageProblems();
            var topic = AboutTopicReader.Read(PageText.Parse("about_Toy.md", content[..length], problems)!);
            Assert.Equal(topic is null, problems.Any);
            if (topic is not null) Assert.StartsWith("TOPIC\n    about_Toy\n", AboutRenderer.Render(topic), StringComparison.Ordinal);
        }
    }

    private static string Render(string content)
    {
        var problems = new PageProblems();
        var topic = AboutTopicReader.Read(PageText.Parse("about_X.md", content, problems)!);
        Assert.Empty(problems.All);
        return AboutRenderer.Render(topic!);
    }
}
