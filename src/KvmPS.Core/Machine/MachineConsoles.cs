using KvmPS.Core.Serial;

namespace KvmPS.Core.Machine;

/// <summary>The host's ends of a machine's lines, from power-on to power-off. They outlive a reset of the guest, as a terminal does.</summary>
internal sealed class MachineConsoles
{
    private const int DebugLogLimit = 1 << 20;

    private readonly PanicScanner _scanner;
    private Action<string> _panicked = static _ => { };

    /// <summary>Lines on which nothing has been said yet.</summary>
    /// <param name="serialLogLimit">How many bytes of the serial console are kept.</param>
    public MachineConsoles(int serialLogLimit)
    {
        _scanner = new PanicScanner(message => _panicked(message));
        Serial = new SerialPort(TimeProvider.System, new SerialLogOptions { BoundBytes = serialLogLimit }, _scanner);
        DebugLog = new SerialLog(TimeProvider.System, new SerialLogOptions { BoundBytes = DebugLogLimit, HeadBytes = DebugLogLimit / 2 });
    }

    /// <summary>The serial console.</summary>
    public SerialPort Serial { get; }

    /// <summary>What the guest wrote to the debug console.</summary>
    public SerialLog DebugLog { get; }

    /// <summary>The message of a kernel panic on the serial console since the run began.</summary>
    public string? PanicMessage => _scanner.Message;

    /// <summary>A run begins: a panic on the console is its own from now on. No vCPU runs yet.</summary>
    /// <param name="panicked">Called with the message when a kernel has said that it panicked: on a vCPU thread, under a device's lock.</param>
    public void BeginRun(Action<string> panicked)
    {
        _scanner.Reset();
        _panicked = panicked;
    }

    /// <summary>Nothing more will be said.</summary>
    public void Complete()
    {
        Serial.Complete();
        DebugLog.Complete();
    }
}
