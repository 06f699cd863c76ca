using KvmPS.Tests.Guests;
using Xunit;

namespace KvmPS.Tests.Shell;

/// <summary>Eight runspaces of one process on the same machines, for a few seconds: the script that the bench runs for a minute.</summary>
[Collection(nameof(GuestCollection))]
public sealed class HammerScriptTests(ITestOutputHelper output)
{
    [KvmFact]
    public async Task Machines_survive_eight_hammering_runspaces()
    {
        ShellResult result = await ShellProcess.Run(
            ShellProcess.Built("src/KvmPS.Shell", "kvmsh"),
            ["-File", RepositoryRoot.Combine("tests", "Stress", "hammer.ps1"), "-Module", RepositoryRoot.Combine("out", "KvmPS", "KvmPS.psd1"), "-Seconds", "5"]);

        output.WriteLine(result.Output);
        Assert.Equal("", result.Error);
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("faults=0", lines);
        Assert.Contains("left=0", lines);
        Assert.DoesNotContain("actions=0", lines);
    }
}
