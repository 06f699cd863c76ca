using KvmPS.HelpBuilder;
using KvmPS.HelpBuilder.Pages;

namespace KvmPS.Tests.HelpBuilder;

/// <summary>The pages of an imaginary module, which together use all that a page may hold.</summary>
internal static class PageFixture
{
    public static string PagesDirectory { get; } = Path.Combine(AppContext.BaseDirectory, "HelpBuilder", "Pages");

    public static string Page(string name) => File.ReadAllText(Path.Combine(PagesDirectory, name));

    public static string Expected(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "HelpBuilder", "Expected", name));

    /// <summary>Reads a cmdlet's page from text; its name decides which title it must have.</summary>
    public static (CmdletPage? Page, IReadOnlyList<PageProblem> Problems) Read(string fileName, string content)
    {
        var problems = new PageProblems();
        var page = PageText.Parse(fileName, content, problems) is { } text ? CmdletPageReader.Read(text) : null;
        return (page, problems.All);
    }
}
