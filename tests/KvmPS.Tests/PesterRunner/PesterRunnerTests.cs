using KvmPS.Tests.Shell;
using Xunit;

namespace KvmPS.Tests.PesterRunner;

/// <summary>The Pester runner seen from outside. What it makes of test files is compared with Pester by its own self-test.</summary>
public sealed class PesterRunnerTests
{
    private static string Program { get; } = ShellProcess.Built("tests/PesterRunner", "PesterRunner");

    private static string Fixtures { get; } = RepositoryRoot.Combine("tests", "PesterRunner", "SelfTest");

    [Fact]
    public async Task The_self_test_passes()
    {
        ShellResult result = await ShellProcess.Run(Program, ["--self-test"]);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Theory]
    [InlineData("Drive.Tests.ps1", 0, "6 passed, 0 failed, 0 skipped")]
    [InlineData("Skipping.Tests.ps1", 0, "2 passed, 0 failed, 8 skipped")]
    [InlineData("Failures.Tests.ps1", 1, "6 passed, 10 failed, 0 skipped")]
    [InlineData("DiscoveryFailure.Tests.ps1", 1, "0 passed, 1 failed, 0 skipped")]
    [InlineData("Exit.Tests.ps1", 1, "1 passed, 1 failed, 0 skipped")]
    public async Task The_last_line_counts_and_the_exit_code_agrees(string file, int code, string summary)
    {
        ShellResult result = await ShellProcess.Run(Program, [Path.Combine(Fixtures, file)]);
        Assert.Equal((code, summary), (result.ExitCode, result.Output.TrimEnd('\n').Split('\n')[^1]));
    }

    [Theory]
    [InlineData("-Name", "Data.block*", 4)]
    [InlineData("-Name", "*leak*", 1)]
    [InlineData("-Tag", "NoSuchTag", 0)]
    [InlineData("-ExcludeTag", "NoSuchTag", 36)]
    public async Task Filters_choose_tests(string option, string value, int passed)
    {
        ShellResult result = await ShellProcess.Run(Program, [Path.Combine(Fixtures, "Phases.Tests.ps1"), option, value]);
        Assert.EndsWith($"\n{passed} passed, 0 failed, 0 skipped\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_run_fails()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.Tests.ps1");
        await File.WriteAllTextAsync(file, "[Console]::Out.WriteLine('ready'); while ($true) { }", TestContext.Current.CancellationToken);
        ShellResult result = await ShellProcess.Run(Program, [file], signal: "INT");
        File.Delete(file);
        Assert.Equal(130, result.ExitCode);
        Assert.EndsWith("\n0 passed, 1 failed, 0 skipped\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_not_there_is_refused() => Assert.Equal(64, (await ShellProcess.Run(Program, ["/no/such/path"])).ExitCode);
}
