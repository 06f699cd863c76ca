namespace KvmPS.HelpBuilder;

/// <summary>The command line: <c>KvmPS.HelpBuilder &lt;pages&gt; &lt;output&gt;</c>.</summary>
internal static class Program
{
    /// <summary>Builds the help; every problem goes to standard error in a form that MSBuild understands.</summary>
    /// <returns>0 for a full build, 1 for a page with problems (nothing is written then), 2 for wrong usage.</returns>
    private static int Main(string[] args)
    {
        if (args is not [var pages, var output])
        {
            Console.Error.WriteLine("usage: KvmPS.HelpBuilder <directory of pages> <output directory, such as en-US>");
            return 2;
        }

        var problems = new PageProblems();
        try
        {
            HelpBuild.Run(pages, output, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"KvmPS.HelpBuilder : error {ProblemCode.Input}: {e.Message}");
            return 1;
        }

        foreach (var problem in problems.All) Console.Error.WriteLine(problem);
        return problems.Any ? 1 : 0;
    }
}
