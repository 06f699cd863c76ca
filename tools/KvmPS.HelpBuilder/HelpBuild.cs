using System.Text;
using KvmPS.HelpBuilder.About;
using KvmPS.HelpBuilder.Maml;
using KvmPS.HelpBuilder.Pages;

namespace KvmPS.HelpBuilder;

/// <summary>One build: a directory of markdown pages in, the files that <c>Get-Help</c> reads out.</summary>
public static class HelpBuild
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>
    /// Reads <c>*.md</c> of <paramref name="pagesDirectory"/>; <c>about_*.md</c> become <c>about_*.help.txt</c>, all others one MAML
    /// file, named by their <c>external help file</c>. Nothing is written when a page has a problem.
    /// </summary>
    public static void Run(string pagesDirectory, string outputDirectory, PageProblems problems)
    {
        if (!Directory.Exists(pagesDirectory))
        {
            problems.Add(pagesDirectory, 1, ProblemCode.Input, "There is no such directory of pages.");
            return;
        }

        var cmdlets = new List<CmdletPage>();
        var topics = new List<AboutTopic>();
        foreach (string path in Directory.EnumerateFiles(pagesDirectory, "*.md").Order(StringComparer.OrdinalIgnoreCase))
        {
            if (PageText.Read(path, problems) is not { } text) continue;
            if (text.IsAboutTopic) AddIfRead(topics, AboutTopicReader.Read(text));
            else AddIfRead(cmdlets, CmdletPageReader.Read(text));
        }

        if (cmdlets.Count == 0 && !problems.Any)
            problems.Add(pagesDirectory, 1, ProblemCode.Input, "There is no cmdlet page in this directory.");
        CheckOneHelpFile(cmdlets, problems);
        if (!problems.Any) Write(outputDirectory, cmdlets, topics);
    }

    private static void AddIfRead<T>(List<T> list, T? item) where T : class
    {
        if (item is not null) list.Add(item);
    }

    private static void CheckOneHelpFile(List<CmdletPage> cmdlets, PageProblems problems)
    {
        foreach (var page in cmdlets.Where(p => p.HelpFile != cmdlets[0].HelpFile))
            problems.Add(page.Path, 1, ProblemCode.FrontMatter, $"'external help file' is '{page.HelpFile}' here and '{cmdlets[0].HelpFile}' in {Path.GetFileName(cmdlets[0].Path)}.");
    }

    private static void Write(string directory, List<CmdletPage> cmdlets, List<AboutTopic> topics)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, cmdlets[0].HelpFile), MamlWriter.ToXml(cmdlets), Utf8);
        foreach (var topic in topics)
            File.WriteAllText(Path.Combine(directory, topic.Name + ".help.txt"), AboutRenderer.Render(topic), Utf8);
    }
}
