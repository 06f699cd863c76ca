using KvmPS.Core.Serial;

namespace KvmPS.Core.Machine;

/// <summary>The host's ends of a machine's lines, from power-on to power-off. They outlive a reset of the guest, as a terminal does.</summary>
internal sealed class MachineConsoles
{
    private const int DebugLogLimit = 1 << 20;

    private readonly PanicScanner[] _scanners; // of COM1, and of hvc0 where it is there: a kernel panics on all its consoles, and early on COM1 alone
    private Action _panicked = static () => { };

    /// <summary>Lines on which nothing has been said yet.</summary>
    public MachineConsoles(MachineConfig config)
    {
        var options = new SerialLogOptions { BoundBytes = config.SerialLogLimit };
        _scanners = [.. Enumerable.Range(0, config.HasConsoleDevice ? 2 : 1).Select(_ => new PanicScanner(_ => _panicked()))];
        SerialPorts = [.. Enumerable.Range(0, config.SerialPortCount).Select(index => Create($"COM{index + 1}", SerialPortKind.Uart, index == 0 ? _scanners[0] : null))];
        VirtioPorts = config.HasConsoleDevice
            ? [Create(MachineConfig.VirtioConsoleName, SerialPortKind.Console, _scanners[1]), .. config.ConsolePorts.Select(name => Create(name, SerialPortKind.Channel, scanner: null))]
            : [];
        Serial = config.Console == MachineConsole.Hvc0 ? VirtioPorts[0] : SerialPorts[0];
        DebugLog = new SerialLog(TimeProvider.System, new SerialLogOptions { BoundBytes = DebugLogLimit, HeadBytes = DebugLogLimit / 2 });

        SerialPort Create(string name, SerialPortKind kind, PanicScanner? scanner) => new(TimeProvider.System, options, scanner) { Name = name, Kind = kind };
    }

    /// <summary>The serial ports, COM1 first.</summary>
    public IReadOnlyList<SerialPort> SerialPorts { get; }

    /// <summary>The ports of the virtio console, <c>hvc0</c> first; empty without one.</summary>
    public IReadOnlyList<SerialPort> VirtioPorts { get; }

    /// <summary>The console: COM1, or <c>hvc0</c>.</summary>
    public SerialPort Serial { get; }

    /// <summary>
    /// What tells how the guest is: the console, or COM1 as long as the console is silent. A kernel begins on COM1, and one that dies early has said on no
    /// other line why.
    /// </summary>
    public SerialPort Spoken => Serial.Log.TotalBytes > 0 ? Serial : SerialPorts[0];

    /// <summary>The <see cref="TimeProvider.GetTimestamp"/> of the first byte on the console or on COM1; null before it.</summary>
    public long? FirstByteTimestamp => (Serial.Log.FirstByteTimestamp, SerialPorts[0].Log.FirstByteTimestamp) switch
    {
        ({ } console, { } com1) => Math.Min(console, com1),
        var (console, com1) => console ?? com1,
    };

    /// <summary>What the guest wrote to the debug console.</summary>
    public SerialLog DebugLog { get; }

    /// <summary>The message of a kernel panic on a console since the run began.</summary>
    public string? PanicMessage => _scanners.Select(static scanner => scanner.Message).FirstOrDefault(static message => message is not null);

    /// <summary>A run begins: a panic on a console is its own from now on. No vCPU runs yet.</summary>
    /// <param name="panicked">Called when a kernel has said that it panicked: on a thread of the device, under its lock, and maybe for each console.</param>
    public void BeginRun(Action panicked)
    {
        foreach (PanicScanner scanner in _scanners) scanner.Reset();
        foreach (SerialPort port in SerialPorts.Concat(VirtioPorts)) port.Log.BeginRun();
        _panicked = panicked;
    }

    /// <summary>Nothing more will be said.</summary>
    public void Complete()
    {
        foreach (SerialPort port in SerialPorts) port.Complete();
        foreach (SerialPort port in VirtioPorts) port.Complete();
        DebugLog.Complete();
    }
}
