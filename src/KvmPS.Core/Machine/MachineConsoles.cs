using KvmPS.Core.Serial;

namespace KvmPS.Core.Machine;

/// <summary>The host's ends of a machine's lines, from power-on to power-off. They outlive a reset of the guest, as a terminal does.</summary>
internal sealed class MachineConsoles
{
    private const int DebugLogLimit = 1 << 20;

    private readonly PanicScanner _scanner;
    private Action _panicked = static () => { };

    /// <summary>Lines on which nothing has been said yet.</summary>
    /// <param name="serialPorts">How many serial ports there are.</param>
    /// <param name="serialLogLimit">How many bytes of each are kept.</param>
    public MachineConsoles(int serialPorts, int serialLogLimit)
    {
        _scanner = new PanicScanner(_ => _panicked());
        var options = new SerialLogOptions { BoundBytes = serialLogLimit };
        SerialPorts = [.. Enumerable.Range(0, serialPorts).Select(index => new SerialPort(TimeProvider.System, options, index == 0 ? _scanner : null))];
        DebugLog = new SerialLog(TimeProvider.System, new SerialLogOptions { BoundBytes = DebugLogLimit, HeadBytes = DebugLogLimit / 2 });
    }

    /// <summary>The serial ports, COM1 first.</summary>
    public IReadOnlyList<SerialPort> SerialPorts { get; }

    /// <summary>The console: COM1.</summary>
    public SerialPort Serial => SerialPorts[0];

    /// <summary>What the guest wrote to the debug console.</summary>
    public SerialLog DebugLog { get; }

    /// <summary>The message of a kernel panic on the serial console since the run began.</summary>
    public string? PanicMessage => _scanner.Message;

    /// <summary>A run begins: a panic on the console is its own from now on. No vCPU runs yet.</summary>
    /// <param name="panicked">Called when a kernel has said that it panicked: on a vCPU thread, under a device's lock.</param>
    public void BeginRun(Action panicked)
    {
        _scanner.Reset();
        _panicked = panicked;
    }

    /// <summary>Nothing more will be said.</summary>
    public void Complete()
    {
        foreach (SerialPort port in SerialPorts) port.Complete();
        DebugLog.Complete();
    }
}
