using System.Diagnostics;
using KvmPS.Tests.Boot;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Shell;

/// <summary><c>Enter-KvmSerial</c> in a real terminal: every key reaches the guest, and the terminal is afterwards what it was.</summary>
public sealed class EnterKvmSerialTests : IDisposable
{
    /// <summary>A guest that sends back what it receives, up to a byte 4.</summary>
    private static readonly string StartEcho = $$"""
        [System.IO.File]::WriteAllText("$PSScriptRoot/pid", $PID)
        $vm = New-KvmVM -Name echo -Code ([System.IO.File]::ReadAllBytes('{{RepositoryRoot.Combine("tests", "Guests", "echo", "echo.bin")}}')) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'ready\n' -Timeout 60

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-");

    private static string Kvmsh { get; } = ShellProcess.Built("src/KvmPS.Shell", "kvmsh");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    [KvmFact]
    public void Every_key_reaches_the_guest_and_the_screen_shows_what_it_answers()
    {
        using TmuxTerminal terminal = Start("""
            Enter-KvmSerial $vm
            "<$($vm.State)>"
            "<$((Read-KvmSerial $vm -AsByteStream) -join ' ')>"
            """);
        terminal.WaitFor("ready");

        terminal.Type("hello");
        terminal.Press("C-c", "C-z", "C-s", "C-q", "C-\\", "Up", "Enter");
        terminal.Type("world");
        terminal.WaitFor("world");
        terminal.Press("C-]");

        WaitForTheEnd(terminal);
        string screen = terminal.Screen;
        Assert.Contains("[Left 'echo', which is Running.]", screen, StringComparison.Ordinal);
        Assert.Contains("<Running>", screen, StringComparison.Ordinal);
        Assert.Contains("<114 101 97 100 121 10 104 101 108 108 111 3 26 19 17 28 27 91 65 13 119 111 114 108 100>", screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void Another_key_can_leave_and_then_the_usual_one_reaches_the_guest()
    {
        using TmuxTerminal terminal = Start("""
            Enter-KvmSerial $vm -EscapeCharacter ^a -Tail 0
            "<$((Read-KvmSerial $vm -AsByteStream) -join ' ')>"
            """);
        terminal.WaitFor("Ctrl+A leaves.");

        terminal.Press("C-]", "x");
        terminal.WaitFor("x\n");
        terminal.Press("C-a");

        WaitForTheEnd(terminal);
        Assert.Contains("<114 101 97 100 121 10 29 120>", terminal.Screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void It_leaves_by_itself_when_the_machine_ends()
    {
        using TmuxTerminal terminal = Start("Enter-KvmSerial $vm\n\"<$($vm.State)>\"");
        terminal.WaitFor("ready");

        terminal.Type("last words");
        terminal.Press("C-d");

        WaitForTheEnd(terminal);
        Assert.Contains("last words\n[Machine 'echo' ended: The guest ended the machine with exit code 1.]\n<Off>", terminal.Screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void It_leaves_when_somebody_else_removes_the_machine()
    {
        using TmuxTerminal terminal = Start($$"""
            $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
            $runspace.Open()
            $other = [powershell]::Create($runspace).AddScript(@'
                param($vm, $sign)
                Import-Module '{{RepositoryRoot.Combine("out", "KvmPS")}}'
                while (-not [System.IO.File]::Exists($sign)) { [System.Threading.Thread]::Sleep(20) }
                Remove-KvmVM $vm
            '@).AddArgument($vm).AddArgument("$PSScriptRoot/sign")
            $removal = $other.BeginInvoke()
            Enter-KvmSerial $vm
            $other.EndInvoke($removal)
            """);
        terminal.WaitFor("ready");

        File.WriteAllText(Path.Combine(_folder.FullName, "sign"), "");

        WaitForTheEnd(terminal);
        Assert.Contains("removed", terminal.Screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void Another_reader_beside_it_loses_nothing()
    {
        using TmuxTerminal terminal = Start($$"""
            $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
            $runspace.Open()
            $other = [powershell]::Create($runspace).AddScript(@'
                param($vm)
                Import-Module '{{RepositoryRoot.Combine("out", "KvmPS")}}'
                Read-KvmSerial $vm -AsByteStream -Wait
            '@).AddArgument($vm)
            $reading = $other.BeginInvoke()
            Enter-KvmSerial $vm
            "<$($other.EndInvoke($reading) -join ' ')>"
            """);
        terminal.WaitFor("ready");

        terminal.Type("both see this");
        terminal.Press("C-c", "C-d");

        WaitForTheEnd(terminal);
        Assert.Contains("<114 101 97 100 121 10 98 111 116 104 32 115 101 101 32 116 104 105 115 3>", terminal.Screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void A_guest_on_a_virtio_console_learns_the_size_of_the_window_and_each_new_one()
    {
        string boot = $"New-KvmVM '{TestGuest.Path("vmlinux")}' -Initrd '{TestGuest.Path("initrd.cpio")}' -CommandLine 'console=ttyS0 console=hvc0 SHELL' -Console hvc0 -MemoryBytes 64MB";
        using TmuxTerminal terminal = Start($"""
            Stop-KvmVM $vm -TurnOff
            $vm = {boot} | Start-KvmVM -PassThru
            $null = Wait-KvmSerial $vm '/ # '
            Enter-KvmSerial $vm
            """);
        terminal.WaitFor("/ #");

        terminal.Type("stty size");
        terminal.Press("Enter");
        string size = terminal.Stty("size").Trim();
        terminal.WaitFor($"\n{size}\n");
        terminal.Resize(101, 37);
        terminal.Type($"while [ \"$(stty size)\" = '{size}' ]; do :; done; stty size");
        terminal.Press("Enter");
        terminal.WaitFor("\n37 101\n");
        terminal.Press("C-]");

        WaitForTheEnd(terminal); // the settings, which hold the size, are others now
    }

    [KvmTheory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_to_the_shell_leaves_the_terminal_as_it_was(string signal, int code)
    {
        using TmuxTerminal terminal = Start("Enter-KvmSerial $vm\n'never'");
        terminal.WaitFor("ready");

        using (Process kill = Process.Start("sh", ["-c", $"kill -{signal} {ShellId}"])) kill.WaitForExit();

        WaitForTheEnd(terminal, code);
        Assert.DoesNotContain("never", terminal.Screen, StringComparison.Ordinal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void Raw_mode_comes_back_when_somebody_takes_it_away()
    {
        using TmuxTerminal terminal = Start("Enter-KvmSerial $vm");
        terminal.WaitFor("ready");

        terminal.Stty("sane");
        terminal.WaitFor(_ => terminal.Stty("-a").Contains("-isig -icanon", StringComparison.Ordinal), "raw mode");
        terminal.Press("C-c", "x");
        terminal.WaitFor("x\n");
        terminal.Press("C-]");

        WaitForTheEnd(terminal);
        AssertTerminalIsAsBefore();
    }

    [KvmFact]
    public void The_shell_ends_when_its_terminal_is_gone()
    {
        using (TmuxTerminal terminal = Start("Enter-KvmSerial $vm")) terminal.WaitFor("ready");

        string process = $"/proc/{ShellId}";
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists(process), Patience.Long), $"{process} is still there.");
    }

    [KvmFact]
    public async Task Without_a_terminal_it_says_what_to_use_instead()
    {
        ShellResult result = await ShellProcess.Run(Kvmsh, ["-Command", StartEcho + """
            Enter-KvmSerial $vm -ErrorAction SilentlyContinue -ErrorVariable problems
            $problems[0].FullyQualifiedErrorId
            "$($problems[0])"
            $problems[0].ErrorDetails.RecommendedAction
            """]);

        Assert.Equal(
            "KvmNoTerminal,KvmPS.Commands.EnterKvmSerialCommand\n"
            + "A console can be entered from an interactive terminal only. Standard input is not a terminal.\n"
            + "Use Read-KvmSerial -Wait and Write-KvmSerial instead.\n",
            result.Output);
    }

    private string ShellId => File.ReadAllText(Path.Combine(_folder.FullName, "pid"));

    /// <summary>Runs a script in kvmsh in a terminal, between two looks at its settings, and waits until the console is entered.</summary>
    private TmuxTerminal Start(string script)
    {
        Assert.SkipWhen(TmuxTerminal.WhyNot is not null, TmuxTerminal.WhyNot ?? "");
        File.WriteAllText(Path.Combine(_folder.FullName, "script.ps1"), StartEcho + script);
        File.WriteAllText(Path.Combine(_folder.FullName, "run.sh"), $"stty -a > before\n'{Kvmsh}' script.ps1\ncode=$?\nstty -a > after\necho \"ended with $code\"\n");
        var terminal = new TmuxTerminal(_folder.FullName);
        try
        {
            terminal.Type("sh run.sh");
            terminal.Press("Enter");
            terminal.WaitFor("leaves.");
            return terminal;
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    private static void WaitForTheEnd(TmuxTerminal terminal, int code = 0) => terminal.WaitFor($"ended with {code}\n");

    private void AssertTerminalIsAsBefore() => Assert.Equal(Settings("before"), Settings("after"));

    private string Settings(string name)
    {
        string settings = File.ReadAllText(Path.Combine(_folder.FullName, name));
        Assert.Contains("icanon", settings, StringComparison.Ordinal);
        return settings;
    }
}
