using System.Management.Automation;
using System.Text;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>Connects the terminal with a guest's console: what is typed goes to the guest, what it writes to the screen, until Ctrl+] or the machine's end.</summary>
[Cmdlet(VerbsCommon.Enter, "KvmSerial", DefaultParameterSetName = ByName)]
[OutputType(typeof(void))]
public sealed class EnterKvmSerialCommand : SerialCmdlet
{
    /// <summary>Arrow keys and keypad as terminals begin with, which guests expect: prompts like to switch them over.</summary>
    private const string PlainKeys = "\e[?1l\e>";

    /// <summary>Ends what a guest may have left on: colours, a hidden cursor, reports of the mouse, pastes in brackets.</summary>
    private const string Tidy = "\e[0m\e[?25h\e[?1000l\e[?1002l\e[?1003l\e[?1006l\e[?2004l";

    /// <summary>What the engine gives to a runspace that was made without a host: jobs and parallel loops have no user interface.</summary>
    private const string HostOfNobody = "Default Host";

    /// <summary>How long the state may lag behind the console's end.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    /// <summary>Only the last lines of what the guest has written before; 0 for none.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int Tail { get; set; } = -1;

    /// <summary>The key that leaves: a caret and a character, as in <c>^]</c> for Ctrl+].</summary>
    [Parameter]
    [ValidatePattern(@"^\^[A-Z\\\]^_]$")]
    public string EscapeCharacter { get; set; } = "^]";

    private string LeaveKey => $"Ctrl+{char.ToUpperInvariant(EscapeCharacter[1])}";

    internal override void Process(KvmVM vm)
    {
        SerialPort console = vm.SerialPort(Port);
        if (vm.State is not (MachineState.Running or MachineState.Paused)) throw MachineErrors.NotRunning(vm);
        if (Host.Name == HostOfNobody) throw MachineErrors.NoTerminal("This runspace has no user interface.");
        if (SessionState.PSVariable.GetValue("PSSenderInfo") is not null) throw MachineErrors.NoTerminal("This is a remote session.");

        using RawTerminal terminal = RawTerminal.Open();
        using IDisposable watch = terminal.WatchSize(size => Tell(console, size)); // before the first look, so that no size is missed
        Say(terminal, $"{PlainKeys}[{What} of '{vm.Name}'; {LeaveKey} leaves.{TellWindow(console, terminal.Size)}]\r\n");
        try
        {
            var session = new ConsoleSession(terminal, console, (byte)(EscapeCharacter[1] & 0x1f));
            bool ended = session.Run(Tail < 0 ? 0 : console.Log.FindTail(Tail), Cancellation);
            Say(terminal, $"{Tidy}\r\n[{(ended ? End(vm) : $"Left '{vm.Name}', which is {vm.State}.")}]\r\n");
        }
        catch (OperationCanceledException)
        {
            Say(terminal, $"{Tidy}\r\n");
            throw;
        }
    }

    private static void Say(RawTerminal terminal, string text) => terminal.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Tells the guest how big the window is; a serial line cannot, so what to type there.</summary>
    private static string TellWindow(SerialPort console, TerminalSize size)
    {
        if (!Tell(console, size)) return "";
        return console.Kind == SerialPortKind.Console ? "" : $" The window, for a Linux guest: stty rows {size.Rows} cols {size.Columns}";
    }

    /// <summary>Has the guest told, where its line can. False when the terminal does not know its size.</summary>
    private static bool Tell(SerialPort console, TerminalSize size)
    {
        if (size.Rows <= 0) return false;
        console.SetWindow(size.Columns, size.Rows);
        return true;
    }

    /// <summary>Why the machine ended. The console is complete a moment before the machine is seen to be off.</summary>
    private string End(KvmVM vm)
    {
        try
        {
            vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, EndPatience, Cancellation);
        }
        catch (MachineRemovedException removed)
        {
            return removed.Message;
        }

        return $"Machine '{vm.Name}' ended: {vm.ExitMessage ?? $"it is {vm.State}."}";
    }
}
