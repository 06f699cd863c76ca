using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;
using PesterRunner.Model;
using PesterRunner.Output;
using PesterRunner.Running;

namespace PesterRunner;

/// <summary>
/// Tests the runner: each fixture in SelfTest has beside it a transcript of results and messages. Those of fixtures that hold ordinary tests are what
/// Pester 5.9 makes of them; the others show how the runner refuses what it does not know.
/// </summary>
internal static class SelfTests
{
    /// <summary>Runs the fixtures; each is one test of the count.</summary>
    /// <returns>0 when all agree, else 1.</returns>
    public static int Run()
    {
        ConsoleOutput output = new();
        using Interruption interruption = new();
        int passed = 0, failed = 0;
        foreach (string fixture in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "SelfTest"), "*.Tests.ps1").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(fixture);
            string[] expected = File.ReadAllLines(Path.ChangeExtension(fixture, ".expected"));
            string[] actual = Transcript(fixture, output, interruption);
            bool agrees = expected.SequenceEqual(actual, StringComparer.Ordinal);
            output.Write($"[{(agrees ? '+' : '-')}] {name}{Environment.NewLine}");
            if (agrees)
            {
                passed++;
                continue;
            }

            failed++;
            foreach (string line in expected.Except(actual, StringComparer.Ordinal)) output.Write($"    expected: {line}{Environment.NewLine}");
            foreach (string line in actual.Except(expected, StringComparer.Ordinal)) output.Write($"    but was:  {line}{Environment.NewLine}");
        }

        output.Write($"{Environment.NewLine}{passed} passed, {failed} failed, 0 skipped{Environment.NewLine}");
        return failed > 0 ? 1 : 0;
    }

    private static string[] Transcript(string fixture, ConsoleOutput output, Interruption interruption)
    {
        List<string> fileFailures = [];
        ConsoleReport report = new(_ => { }, detailed: true) { FileFailures = fileFailures };
        TestFile file = new(fixture, RunnerOptions.Parse([fixture]), report);
        file.Run(output, interruption);
        return [.. (file.Root?.AllTests ?? []).SelectMany(Lines), .. fileFailures.Select(message => $"File {message}")];
    }

    private static IEnumerable<string> Lines(TestCase test) =>
        [$"{test.Status} {test.DisplayPath}", .. test.Status == TestStatus.Failed ? test.Errors.SelectMany(Message) : []];

    private static IEnumerable<string> Message(System.Management.Automation.ErrorRecord error) =>
        error.Exception.Message.ReplaceLineEndings("\n").Split('\n').Select(line => $"    {line.TrimEnd()}");
}
