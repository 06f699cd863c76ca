using System.Management.Automation;
using PesterRunner.Model;

namespace PesterRunner.Output;

/// <summary>Prints what happens, like Pester's Detailed output, and counts.</summary>
internal sealed class ConsoleReport(Action<string> write, bool detailed)
{
    private const string Green = "\e[32m", Red = "\e[31m", Yellow = "\e[33m", Reset = "\e[0m";

    // One error fails all tests of a block; it is shown once.
    private ErrorRecord? _lastSetUpError;

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>Collects the messages of files that could not be run to their end, if somebody wants them.</summary>
    public List<string>? FileFailures { get; init; }

    public void FileStarted(string path) => Line($"\nRunning tests from '{path}'");

    public void BlockStarted(Block block)
    {
        if (detailed && !block.IsRoot) Line($"{Indent(block.Depth)}{(block.Keyword == "Context" ? "Context" : "Describing")} {block.DisplayName}");
    }

    public void TestFinished(TestCase test)
    {
        string indent = Indent(test.Block.Depth + 1);
        string time = test.Duration.TotalSeconds >= 1 ? $"{test.Duration.TotalSeconds:0.0}s" : $"{test.Duration.TotalMilliseconds:0}ms";
        switch (test.Status)
        {
            case TestStatus.Passed:
                Passed++;
                if (detailed) Line($"{indent}{Green}[+] {test.DisplayName}{Reset} {time}");
                break;
            case TestStatus.Skipped:
                Skipped++;
                Line($"{indent}{Yellow}[!] {(detailed ? test.DisplayName : test.DisplayPath)}{(test.SkipReason is null ? string.Empty : $", skipped because {test.SkipReason}")}{Reset}");
                break;
            case TestStatus.Failed:
                Failed++;
                Line($"{indent}{Red}[-] {(detailed ? test.DisplayName : test.DisplayPath)}{Reset} {time}");
                foreach (ErrorRecord error in test.Errors.Where(error => error != _lastSetUpError)) Error(indent, error);
                break;
        }
    }

    /// <summary>A block could not be set up; its tests are reported, and counted, one by one.</summary>
    public void BlockFailed(Block block, string message, ErrorRecord error)
    {
        _lastSetUpError = error;
        string indent = Indent(Math.Max(block.Depth, 0));
        Line($"{indent}{Red}[-] {message}{Reset}");
        Error(indent, error);
    }

    /// <summary>A tear-down failed after all tests of its block were reported; it counts as a failure of its own.</summary>
    public void TearDownFailed(Block block, ErrorRecord error)
    {
        Failed++;
        BlockFailed(block, $"AfterAll of {block.Keyword} '{block.Name}' failed", error);
    }

    /// <summary>A file could not be run to its end, which counts as a failure.</summary>
    public void FileFailed(string message, ErrorRecord? error = null)
    {
        Failed++;
        FileFailures?.Add(error is null ? message : error.Exception.Message);
        Line($"{Red}[-] {message}{Reset}");
        if (error is not null) Error(string.Empty, error);
    }

    /// <summary>The last line, for people and for scripts.</summary>
    public void Summary() => Line($"\n{Passed} passed, {Failed} failed, {Skipped} skipped");

    private static string Indent(int depth) => new(' ', depth);

    private void Error(string indent, ErrorRecord error)
    {
        foreach (string line in ErrorLines.Of(error)) Line($"{indent} {Red}{line}{Reset}");
    }

    private void Line(string text) => write(text + Environment.NewLine);
}
