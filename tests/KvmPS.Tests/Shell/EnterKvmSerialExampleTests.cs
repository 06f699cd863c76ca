using System.Text.RegularExpressions;
using KvmPS.Tests.Boot;
using Xunit;

namespace KvmPS.Tests.Shell;

/// <summary>The examples of the page of <c>Enter-KvmSerial</c>, which need a terminal; those of all other pages run in <c>tests/Pester/Help.Tests.ps1</c>.</summary>
public sealed class EnterKvmSerialExampleTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    [KvmTheory]
    [InlineData(1, "/ #", "C-]")]
    [InlineData(2, "Ctrl+] leaves.", "C-]")]
    [InlineData(3, "Ctrl+T leaves.", "C-t")]
    public void It_enters_the_console_and_leaves_it_by_its_key(int number, string shown, string key)
    {
        Assert.SkipWhen(TmuxTerminal.WhyNot is not null, TmuxTerminal.WhyNot ?? "");
        string code = Examples()[number - 1];
        string guest = code.Contains("KVMPS_TEST_GUEST", StringComparison.Ordinal) ? Path.GetDirectoryName(TestGuest.Path("vmlinux"))! : "";
        File.WriteAllText(Path.Combine(_folder.FullName, "example.ps1"), "$ErrorActionPreference = 'Stop'\n" + code);
        File.WriteAllText(
            Path.Combine(_folder.FullName, "run.sh"),
            $"export KVMPS_TEST_GUEST='{guest}'\n'{ShellProcess.Built("src/KvmPS.Shell", "kvmsh")}' example.ps1\necho \"ended with $?\"\n");

        using var terminal = new TmuxTerminal(_folder.FullName);
        terminal.Type("sh run.sh");
        terminal.Press("Enter");
        terminal.WaitFor(shown);
        terminal.Press(key);

        terminal.WaitFor("ended with 0\n");
        Assert.Contains("[Left '", terminal.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_no_others() => Assert.Equal(3, Examples().Length);

    private static string[] Examples()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "cmdlets", "Enter-KvmSerial.md"));
        return [.. Regex.Matches(page, @"(?<=### Example \d+: [^\n]+\n\n```powershell\n)[^`]+(?=\n```)").Select(static code => code.Value)];
    }
}
