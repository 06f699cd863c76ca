namespace PesterRunner;

/// <summary>The command line of the runner.</summary>
/// <param name="Paths">Test files, and folders that are searched for them.</param>
/// <param name="Tags">Only tests with one of these tags run, if any is given.</param>
/// <param name="ExcludeTags">Tests with one of these tags do not run.</param>
/// <param name="Name">A wildcard on <c>Describe.Context.It</c>, or null.</param>
/// <param name="Detailed">Whether each test has its line, or only those that did not pass.</param>
/// <param name="SelfTest">Whether the runner's own fixtures are run and compared with what they must give.</param>
internal sealed record RunnerOptions(
    IReadOnlyList<string> Paths, IReadOnlyList<string> Tags, IReadOnlyList<string> ExcludeTags, string? Name, bool Detailed, bool SelfTest)
{
    public const string Usage = """
        Usage: PesterRunner [paths] [-Tag t,…] [-ExcludeTag t,…] [-Name pattern] [-Output Normal|Detailed]
               PesterRunner --self-test

        Runs *.Tests.ps1 files (default: tests/Pester) on the embedded PowerShell engine.
        Exit code: 0 when all passed, 1 when something failed, 64 for a wrong command line.
        """;

    /// <exception cref="FormatException">The command line makes no sense; the message says why.</exception>
    public static RunnerOptions Parse(IReadOnlyList<string> words)
    {
        List<string> paths = [], tags = [], excludeTags = [];
        string? name = null;
        bool detailed = true, selfTest = false;
        for (int i = 0; i < words.Count; i++)
        {
            switch (words[i].ToLowerInvariant())
            {
                case "-tag": tags.AddRange(Value(ref i).Split(',')); break;
                case "-excludetag": excludeTags.AddRange(Value(ref i).Split(',')); break;
                case "-name": name = Value(ref i); break;
                case "-output": detailed = IsDetailed(Value(ref i)); break;
                case "--self-test": selfTest = true; break;
                case ['-', ..]: throw new FormatException($"The option '{words[i]}' is unknown.");
                default: paths.Add(words[i]); break;
            }
        }

        return new RunnerOptions(paths.Count > 0 ? paths : ["tests/Pester"], tags, excludeTags, name, detailed, selfTest);

        string Value(ref int index) =>
            index + 1 < words.Count ? words[++index] : throw new FormatException($"The option '{words[index]}' needs a value.");
    }

    /// <summary>The test files that the paths name, in order of their names.</summary>
    /// <exception cref="FormatException">A path does not exist, or there is no test file.</exception>
    public IReadOnlyList<string> FindFiles()
    {
        List<string> files = [];
        foreach (string path in Paths)
        {
            if (File.Exists(path)) files.Add(Path.GetFullPath(path));
            else if (Directory.Exists(path)) files.AddRange(Directory.EnumerateFiles(Path.GetFullPath(path), "*.Tests.ps1", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            else throw new FormatException($"The path '{path}' does not exist.");
        }

        return files.Count > 0 ? files : throw new FormatException($"There is no *.Tests.ps1 file in {string.Join(", ", Paths)}.");
    }

    private static bool IsDetailed(string output) => output.ToLowerInvariant() switch
    {
        "detailed" => true,
        "normal" => false,
        _ => throw new FormatException($"-Output is Normal or Detailed, not '{output}'."),
    };
}
