using System.Diagnostics;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// A machine: its configuration, its state, and its present or last life from power-on to power-off. It can be started again after it ended,
/// with fresh memory, fresh devices and an empty console log; a reset makes all fresh but the console.
/// </summary>
/// <remarks>
/// LOCK ORDER: <see cref="_actions"/>, then <see cref="_gate"/>, then whatever vCPU threads, serial ports, logs and events lock. vCPU threads take
/// the gate alone, and only when they have ended. Subscribers are called with none of these held, and nobody who holds one waits for them.
/// </remarks>
public sealed partial class VirtualMachine : IDisposable
{
    private readonly object _actions = new(); // one user action at a time
    private readonly object _gate = new(); // all fields below but _config
    private readonly Action<MachineInstance>? _outfit;
    private MachineConfig _config; // replaced under _actions, read without
    private MachineState _state;
    private MachineInstance? _instance; // the present run; null when the machine is off
    private MachineInstance? _run; // the present or last run, for what it knows
    private MachineConsoles? _consoles;
    private MachineDisks? _disks;
    private MachineExit? _lastExit;
    private long _startedAt;
    private long _endedAt;
    private int _runs;
    private int _resets;
    private bool _removed;
    private RunStatistics _earlier = RunStatistics.None; // of the runs that a reset or the end has closed

    /// <summary>A machine that is off.</summary>
    public VirtualMachine(MachineConfig config)
    {
        _config = config;
        Events = new MachineEvents(this);
    }

    /// <summary>A machine with more in it than its configuration says.</summary>
    /// <param name="config">What it is made from.</param>
    /// <param name="outfit">Called with each run that is built, before its vCPUs start.</param>
    internal VirtualMachine(MachineConfig config, Action<MachineInstance> outfit)
        : this(config) =>
        _outfit = outfit;

    /// <summary>What it is made from; a change counts from the next start on.</summary>
    public MachineConfig Config => Volatile.Read(ref _config);

    /// <summary>Identifies the machine beyond its name.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>What happens to it, for subscribers.</summary>
    public MachineEvents Events { get; }

    /// <summary>What users should be told while it goes on.</summary>
    public MachineNotices Notices { get; } = new();

    /// <summary>The disks of the present or last life, with what they did; before the first and after a change those of the configuration.</summary>
    public IReadOnlyList<MachineDisk> Disks
    {
        get { lock (_gate) return (_disks ??= new MachineDisks(Config, Notices)).List; }
    }

    /// <summary>What it is doing.</summary>
    public MachineState State
    {
        get { lock (_gate) return _state; }
    }

    /// <summary>How it ended last; null while it is on and before the first start.</summary>
    public MachineExit? LastExit
    {
        get { lock (_gate) return _lastExit; }
    }

    /// <summary>What the guest's kernel said when it panicked, while the machine is still on.</summary>
    public string? PanicMessage => CurrentInstance()?.PanicMessage;

    /// <summary>What the guest said when it was ready, since the last start or reset; null while it has not.</summary>
    public GuestReadiness? Ready
    {
        get { lock (_gate) return _run?.Ready; }
    }

    /// <summary>From the start to the guest's word that it is ready; null while it has not said so.</summary>
    public TimeSpan? TimeToReady
    {
        get { lock (_gate) return _run?.Ready is { } ready ? Stopwatch.GetElapsedTime(_startedAt, ready.Timestamp) : null; }
    }

    /// <summary>The console of the present or last life; null before the first.</summary>
    public SerialPort? Serial
    {
        get { lock (_gate) return _consoles?.Serial; }
    }

    /// <summary>The line that tells how the guest is: the console, or COM1 as long as the console is silent; null before the first life.</summary>
    public SerialPort? Spoken
    {
        get { lock (_gate) return _consoles?.Spoken; }
    }

    /// <summary>The ports of the virtio console of the present or last life, <c>hvc0</c> first; empty without one, and before the first.</summary>
    public IReadOnlyList<SerialPort> VirtioPorts
    {
        get { lock (_gate) return _consoles?.VirtioPorts ?? []; }
    }

    /// <summary>The serial ports of the present or last life, COM1 first; empty before the first.</summary>
    public IReadOnlyList<SerialPort> SerialPorts
    {
        get { lock (_gate) return _consoles?.SerialPorts ?? []; }
    }

    /// <summary>What the guest wrote to the debug console at port 0xE9 since the last start; empty before the first.</summary>
    public string DebugConsoleText
    {
        get
        {
            MachineConsoles? consoles;
            lock (_gate) consoles = _consoles;
            return consoles?.DebugLog.Text ?? "";
        }
    }

    /// <summary>The newest codes that the guest wrote to the diagnostic port 0x80 since the last start or reset, oldest first.</summary>
    public IReadOnlyList<PostCode> PostCodes
    {
        get
        {
            MachineInstance? run;
            lock (_gate) run = _run;
            return run?.PostCodes.Codes ?? [];
        }
    }

    /// <summary>How often the machine was started.</summary>
    public int Runs
    {
        get { lock (_gate) return _runs; }
    }

    /// <summary>How often it was reset since the last start, by its guest or from outside.</summary>
    public int Resets
    {
        get { lock (_gate) return _resets; }
    }

    /// <summary>How long it has been on, or was.</summary>
    public TimeSpan Uptime
    {
        get
        {
            lock (_gate)
            {
                if (_runs == 0) return TimeSpan.Zero;
                return Stopwatch.GetElapsedTime(_startedAt, IsOnUnsynchronized ? Stopwatch.GetTimestamp() : _endedAt);
            }
        }
    }

    /// <summary>Exits and CPU time since the last start, as of now.</summary>
    public RunStatistics Statistics
    {
        get
        {
            lock (_gate) return _instance is { } running ? _earlier + RunStatistics.Of(running.Vcpus, running.Ports, running.Mmio) : _earlier;
        }
    }

    /// <summary>From the start to the first byte on the console or COM1; null while there is none.</summary>
    public TimeSpan? TimeToFirstByte
    {
        get
        {
            lock (_gate) return _consoles?.FirstByteTimestamp is { } first ? Stopwatch.GetElapsedTime(_startedAt, first) : null;
        }
    }

    /// <summary>How many bytes of the RAM the host backs with huge pages at this moment; 0 when the machine is off. Takes milliseconds.</summary>
    public ulong HugePageBytes
    {
        get
        {
            try
            {
                return CurrentInstance()?.Memory?.CountHugePageBytes() ?? 0;
            }
            catch (ObjectDisposedException)
            {
                return 0; // it has ended meanwhile
            }
        }
    }

    /// <summary>The instants of the present or last boot that have come, since the last start or reset; empty before the first. Reads the console.</summary>
    public IReadOnlyList<BootMark> MeasureBoot()
    {
        MachineInstance? run;
        (long, MachineExit)? end;
        lock (_gate)
        {
            run = _run;
            end = !IsOnUnsynchronized && _lastExit is { } exit ? (_endedAt, exit) : null;
        }

        return run is null ? [] : BootTimeline.Of(run, end);
    }

    /// <summary>The vCPUs of the present or last run; empty before the first.</summary>
    public IReadOnlyList<VcpuThread> Vcpus
    {
        get { lock (_gate) return _run?.Vcpus ?? []; }
    }

    private bool IsOnUnsynchronized => _state is MachineState.Running or MachineState.Paused;

    private MachineState Check(MachineAction action)
    {
        lock (_gate) return CheckUnsynchronized(action);
    }

    private MachineState CheckUnsynchronized(MachineAction action)
    {
        if (_removed) throw new MachineRemovedException(Config.Name);
        if (MachineTransitions.Next(_state, action) is null) throw new MachineStateException(Config.Name, _state, action);
        return _state;
    }

    /// <summary>The present run; null when the machine is off.</summary>
    internal MachineInstance? CurrentInstance()
    {
        lock (_gate) return _instance;
    }

    private void SetStateUnsynchronized(MachineState state)
    {
        MachineState before = _state;
        _state = state;
        Monitor.PulseAll(_gate);
        if (before != state) Events.PostStateChange(new MachineStateChange(before, state, _lastExit));
    }
}
