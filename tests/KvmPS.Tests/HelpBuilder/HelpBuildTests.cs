using KvmPS.HelpBuilder;
using Xunit;

namespace KvmPS.Tests.HelpBuilder;

public sealed class HelpBuildTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kvmps-help-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Pages_become_one_help_file_and_one_text_a_topic()
    {
        var problems = new PageProblems();
        string output = Path.Combine(_directory, "en-US");

        HelpBuild.Run(PageFixture.PagesDirectory, output, problems);

        Assert.Empty(problems.All);
        Assert.Equal("Toy.dll-Help.xml|about_Toy.help.txt", string.Join('|', Directory.EnumerateFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        Assert.Equal(PageFixture.Expected("Toy.dll-Help.xml"), File.ReadAllText(Path.Combine(output, "Toy.dll-Help.xml")));
        Assert.Equal(PageFixture.Expected("about_Toy.help.txt"), File.ReadAllText(Path.Combine(output, "about_Toy.help.txt")));
    }

    [Fact]
    public void One_bad_page_leaves_the_old_help_alone()
    {
        string pages = Directory.CreateDirectory(Path.Combine(_directory, "pages")).FullName;
        string output = Path.Combine(_directory, "en-US");
        string good = PageFixture.Page("Sync-ToyEngine.md");
        File.WriteAllText(Path.Combine(pages, "Sync-ToyEngine.md"), good);
        var first = new PageProblems();
        HelpBuild.Run(pages, output, first);
        Assert.False(first.Any);
        string before = File.ReadAllText(Path.Combine(output, "Toy.dll-Help.xml"));

        File.WriteAllText(Path.Combine(pages, "Sync-ToyEngine.md"), good.Replace("Does nothing.", "{{ Fill in the Synopsis }}", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(pages, "about_Sync.md"), "# about_Sync\n\n## Short description\n\nText.\n");
        var second = new PageProblems();
        HelpBuild.Run(pages, output, second);

        Assert.Equal(ProblemCode.Placeholder, Assert.Single(second.All).Code);
        Assert.Equal(before, File.ReadAllText(Path.Combine(output, "Toy.dll-Help.xml")));
        Assert.False(File.Exists(Path.Combine(output, "about_Sync.help.txt")));
    }

    [Fact]
    public void Pages_of_one_directory_name_one_help_file()
    {
        string page = PageFixture.Page("Sync-ToyEngine.md");
        File.WriteAllText(Path.Combine(_directory, "Sync-ToyEngine.md"), page);
        string other = page.Replace("Sync-ToyEngine", "Wait-ToyEngine", StringComparison.Ordinal).Replace("Toy.dll-Help", "Other.dll-Help", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_directory, "Wait-ToyEngine.md"), other);
        var problems = new PageProblems();

        HelpBuild.Run(_directory, Path.Combine(_directory, "en-US"), problems);

        var problem = Assert.Single(problems.All);
        Assert.Equal(ProblemCode.FrontMatter, problem.Code);
        Assert.EndsWith("Wait-ToyEngine.md", problem.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData(".")]
    public void A_directory_without_pages_is_a_problem(string directory)
    {
        var problems = new PageProblems();

        HelpBuild.Run(Path.Combine(_directory, directory), Path.Combine(_directory, "en-US"), problems);

        Assert.Equal(ProblemCode.Input, Assert.Single(problems.All).Code);
        Assert.False(Directory.Exists(Path.Combine(_directory, "en-US")));
    }

    [Fact]
    public void A_file_that_is_not_utf8_is_a_problem_of_that_file()
    {
        File.WriteAllBytes(Path.Combine(_directory, "Get-Thing.md"), [0x23, 0x20, 0xE9, 0x0A]);
        var problems = new PageProblems();

        HelpBuild.Run(_directory, Path.Combine(_directory, "en-US"), problems);

        Assert.Equal(ProblemCode.Input, Assert.Single(problems.All).Code);
    }
}
