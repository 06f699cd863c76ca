using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Xunit;

namespace KvmPS.Tests.Shell;

/// <summary>The prompt of kvmsh in a real terminal, as people use it.</summary>
[SupportedOSPlatform("linux")]
public sealed class PromptTests(ToyModule module) : IClassFixture<ToyModule>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-");

    private static string Kvmsh { get; } = ShellProcess.Built("src/KvmPS.Shell", "kvmsh");

    private string History => Path.Combine(_folder.FullName, "kvmps", "history");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Somebody_types_completes_recalls_interrupts_and_leaves()
    {
        using TmuxTerminal terminal = Start();
        terminal.WaitFor("exit leaves.");

        Complete(terminal, "(Get-T", "(Get-Toy");
        Enter(terminal, ").Value + 100");
        terminal.WaitFor("\n142\n");

        Enter(terminal, "if ($true) {");
        terminal.WaitFor(">> ");
        Enter(terminal, "  'in' + 'side' }");
        terminal.WaitFor("\ninside\n");

        terminal.Press("Up", "Up", "Up");
        terminal.WaitFor(new Regex(@"> \(Get-Toy\)\.Value \+ 100\s*$"));
        Enter(terminal, "0");
        terminal.WaitFor("\n1042\n");

        Enter(terminal, "'run' + 'ning'; while ($true) { }");
        terminal.WaitFor("\nrunning\n");
        terminal.Press("C-c");
        Enter(terminal, "sh -c 'exit 7'");
        Enter(terminal, "\"<$? $LASTEXITCODE>\"");
        terminal.WaitFor("\n<False 7>\n");

        terminal.Type("'thrown' away");
        terminal.Press("C-c");
        terminal.WaitFor("away^C");
        terminal.Press("C-r");
        terminal.Type("inside");
        terminal.WaitFor("not found: inside_");
        terminal.Press("C-g");
        Enter(terminal, "exit 3");

        terminal.WaitFor("ended with 3\n");
        Assert.Contains("toy removed", terminal.Screen, StringComparison.Ordinal);
        Assert.Equal(["(Get-Toy).Value + 100", @"if ($true) {\n  'in' + 'side' }", "(Get-Toy).Value + 1000"], File.ReadAllLines(History)[..3]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(History));
        AssertTerminalIsAsBefore(terminal);
    }

    [Fact]
    public void The_history_outlives_the_shell()
    {
        using TmuxTerminal terminal = Start();
        terminal.WaitFor("exit leaves.");
        Enter(terminal, "'first' + 'shell'");
        terminal.WaitFor("\nfirstshell\n");
        terminal.Press("C-d");
        terminal.WaitFor("ended with 0\n");

        terminal.Type("clear; sh run.sh");
        terminal.Press("Enter");
        terminal.WaitFor("exit leaves.");
        terminal.Press("Up");
        terminal.WaitFor("'first' + 'shell'");
        terminal.Press("C-c", "C-d");
        terminal.WaitFor("ended with 0\n");
    }

    [Fact]
    public void Errors_are_shown_and_a_missing_cmdlet_is_explained()
    {
        using TmuxTerminal terminal = Start("-NoLogo");
        terminal.WaitFor(">");
        Enter(terminal, "throw 'the reason'");
        terminal.WaitFor("\nException: the reason\n");
        Enter(terminal, "Start-Sleep 1");
        terminal.WaitFor("Start-Sleep: 'Start-Sleep' is not available: kvmsh embeds the PowerShell engine without");
        Enter(terminal, "1 + ]");
        terminal.WaitFor("ParserError");
        Enter(terminal, "function prompt { \"mine$(1 + 1)> \" }");
        terminal.WaitFor("mine2>");
        Enter(terminal, "function prompt { throw 'x' }");
        terminal.WaitFor(new Regex("^PS>$", RegexOptions.Multiline));
        Enter(terminal, "exit");
        terminal.WaitFor("ended with 0\n");
    }

    [Fact]
    public void Ctrl_C_at_a_question_stops_the_command_that_asks()
    {
        using TmuxTerminal terminal = Start("-NoLogo");
        terminal.WaitFor(">");
        Enter(terminal, "\"<$($Host.UI.ReadLine())>\"");
        Enter(terminal, "answer");
        terminal.WaitFor("\n<answer>\n");
        Enter(terminal, "try { $Host.UI.ReadLine(); 'never' } finally { [Console]::WriteLine('stop' + 'ped') }; 'never'");
        terminal.Type("half");
        terminal.WaitFor("\nhalf");
        terminal.Press("C-c");
        terminal.WaitFor("\nstopped\n");
        Enter(terminal, "'al' + 'ive'");
        terminal.WaitFor("\nalive\n");
        Assert.DoesNotContain("\nnever", terminal.Screen, StringComparison.Ordinal);
        Enter(terminal, "exit");
        terminal.WaitFor("ended with 0\n");
    }

    [Fact]
    public void NoExit_goes_on_after_the_script_with_what_it_left()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "script.ps1"), "$x = 'left'; exit 5");
        using TmuxTerminal terminal = Start("-NoExit -File script.ps1");
        Enter(terminal, "\"<$x $LASTEXITCODE>\"");
        terminal.WaitFor("\n<left 5>\n");
        Enter(terminal, "exit 6");
        terminal.WaitFor("ended with 6\n");
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_at_the_prompt_ends_the_shell_in_good_order(string signal, int code)
    {
        using TmuxTerminal terminal = Start("-NoLogo");
        terminal.WaitFor(">");
        Enter(terminal, "[System.IO.File]::WriteAllText('pid', $PID); 'writ' + 'ten'");
        terminal.WaitFor("\nwritten\n");
        string id = File.ReadAllText(Path.Combine(_folder.FullName, "pid"));
        using (Process kill = Process.Start("sh", ["-c", $"kill -{signal} {id}"])) kill.WaitForExit();
        terminal.WaitFor($"ended with {code}\n");
        Assert.Contains("toy removed", terminal.Screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore(terminal);
    }

    [Fact]
    public void A_dumb_terminal_gets_lines_without_escape_sequences()
    {
        using TmuxTerminal terminal = Start("-NoLogo", "TERM=dumb");
        terminal.WaitFor(">");
        Enter(terminal, "if ($true) {");
        terminal.WaitFor(">> ");
        Enter(terminal, "'du' + 'mb' }");
        terminal.WaitFor("\ndumb\n");
        terminal.Type("away");
        terminal.Press("C-c");
        terminal.WaitFor("away^C");
        Enter(terminal, "exit 2");
        terminal.WaitFor("ended with 2\n");
    }

    [Fact]
    public async Task Without_a_terminal_statements_come_from_standard_input()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["KVMPS_MODULE_PATH"] = module.Folder, ["XDG_STATE_HOME"] = _folder.FullName };
        ShellResult result = await ShellProcess.Run(Kvmsh, ["-NoExit", "-Command", "$x = 1"], environment, "if ($x) {\n'yes' }\nthrow 'no'\n$x + 1\nexit 9\n'never'\n");
        Assert.Equal((9, "yes\n2\ntoy removed\n"), (result.ExitCode, result.Output));
        Assert.Contains("Exception: no", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(History));
    }

    private static void Enter(TmuxTerminal terminal, string text)
    {
        terminal.Type(text);
        terminal.Press("Enter");
    }

    private static void Complete(TmuxTerminal terminal, string text, string whole)
    {
        terminal.Type(text);
        terminal.Press("Tab");
        terminal.WaitFor(whole);
    }

    private TmuxTerminal Start(string arguments = "", string variables = "")
    {
        Assert.SkipWhen(TmuxTerminal.WhyNot is not null, TmuxTerminal.WhyNot ?? "");
        // Ctrl+C reaches the POSIX shell as well, which is to go on.
        File.WriteAllText(
            Path.Combine(_folder.FullName, "run.sh"),
            $"trap : INT\nstty -a > before\nKVMPS_MODULE_PATH='{module.Folder}' XDG_STATE_HOME='{_folder.FullName}' {variables} '{Kvmsh}' {arguments}\ncode=$?\nstty -a > after\necho \"ended with $code\"\n");
        var terminal = new TmuxTerminal(_folder.FullName);
        try
        {
            terminal.Type("clear; sh run.sh");
            terminal.Press("Enter");
            terminal.WaitFor("PS /");
            return terminal;
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    private void AssertTerminalIsAsBefore(TmuxTerminal terminal)
    {
        terminal.WaitFor("ended with");
        Assert.Equal(File.ReadAllText(Path.Combine(_folder.FullName, "before")), File.ReadAllText(Path.Combine(_folder.FullName, "after")));
    }
}
