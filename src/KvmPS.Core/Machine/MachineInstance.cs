using System.Diagnostics;
using System.Runtime.ExceptionServices;
using KvmPS.Core.Debug;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// One run of a machine, from power-on or a reset to power-off or the next reset: everything it holds from the host, and the end of it. The last
/// vCPU thread to end frees it all, so that a machine that ends by itself holds nothing any more.
/// </summary>
internal sealed class MachineInstance : ISystemControl
{
    private const int ConsoleTailLines = 20;

    private readonly List<VcpuFd> _vcpuFds = [];
    private readonly List<VcpuThread> _vcpus = [];
    private readonly IRunObserver _observer;
    private readonly MachineConsoles _consoles;
    private MachineExit? _end;
    private string? _reportedPanic;
    private GuestReadiness? _ready;
    private int _alive;
    private int _heldForPanic;
    private ulong _clock; // guarded by the machine's lock for actions

    /// <summary>An instance that holds nothing of KVM yet; <see cref="MachineBuilder"/> fills it step by step.</summary>
    /// <param name="config">What it is made from.</param>
    /// <param name="consoles">The host's ends of its lines.</param>
    /// <param name="disks">The host's side of its disks.</param>
    /// <param name="observer">Told what becomes of it.</param>
    public MachineInstance(MachineConfig config, MachineConsoles consoles, MachineDisks disks, IRunObserver observer)
    {
        Config = config;
        Disks = disks;
        _consoles = consoles;
        _observer = observer;
        Dispatcher = new VcpuDispatcher(Ports, Mmio, this);
        consoles.BeginRun(Panic);
    }

    /// <summary>What the run was made from.</summary>
    public MachineConfig Config { get; }

    /// <summary>When its making began, as <see cref="Stopwatch.GetTimestamp"/> tells it.</summary>
    public long BegunAt { get; set; }

    /// <summary>When all was built and loaded, and the vCPUs were about to run.</summary>
    public long BuiltAt { get; set; }

    /// <summary>The I/O ports.</summary>
    public Bus Ports { get; } = new("ports");

    /// <summary>Physical addresses that are not RAM.</summary>
    public Bus Mmio { get; } = new("mmio");

    /// <summary>The serial ports, COM1 first.</summary>
    public IReadOnlyList<SerialPort> SerialPorts => _consoles.SerialPorts;

    /// <summary>The ports of the virtio console; empty without one.</summary>
    public IReadOnlyList<SerialPort> VirtioPorts => _consoles.VirtioPorts;

    /// <summary>The console.</summary>
    public SerialPort Serial => _consoles.Serial;

    /// <summary>What the guest wrote to the debug console.</summary>
    public SerialLog DebugLog => _consoles.DebugLog;

    /// <summary>The codes that the guest wrote to the diagnostic port.</summary>
    public PostCodePort PostCodes { get; } = new(TimeProvider.System);

    /// <summary>The host's side of its disks.</summary>
    public MachineDisks Disks { get; }

    /// <summary>The places of its virtio devices; the machine's end disposes them.</summary>
    public List<VirtioHost> Virtio { get; } = [];

    /// <summary>The handler of all vCPU threads.</summary>
    public VcpuDispatcher Dispatcher { get; }

    /// <summary>Power management with its button; null without ACPI.</summary>
    public AcpiPm? PowerManagement { get; set; }

    /// <summary>The RAM.</summary>
    public GuestMemory? Memory { get; set; }

    /// <summary>The firmware; null in a machine that boots without.</summary>
    public GuestRom? Rom { get; set; }

    /// <summary>The RAM and the firmware, for those who look into the machine.</summary>
    public ReadableMemory ReadableMemory => new(Memory!, Rom);

    /// <summary>KVM's machine.</summary>
    public VmFd? Vm { get; set; }

    /// <summary>The button that asks the guest to switch itself off; null when the machine has none.</summary>
    public IPowerButton? PowerButton => PowerManagement;

    /// <summary>The vCPU threads, in order.</summary>
    public IReadOnlyList<VcpuThread> Vcpus => _vcpus;

    /// <summary>Takes over a vCPU.</summary>
    public void Add(VcpuFd descriptor, string threadName, int? hostCpu)
    {
        _vcpuFds.Add(descriptor);
        _vcpus.Add(new VcpuThread(descriptor, threadName, Dispatcher, hostCpu));
    }

    /// <summary>Runs the vCPUs.</summary>
    public void Start()
    {
        _alive = _vcpus.Count;
        int started = 0;
        try
        {
            foreach (VcpuThread vcpu in _vcpus)
            {
                vcpu.Start();
                started++;
            }
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            End(new MachineExit(ExitReason.InternalError, $"The host has no thread for a vCPU: {exception.Message}") { Exception = exception });
            for (; started < _vcpus.Count; started++)
            {
                _vcpus[started].Abandon();
                VcpuEnded();
            }

            return;
        }

        if (Config.InterruptController) HaltWatch.Add(this); // HLT stays in the kernel: a dead halt must be looked for
    }

    /// <summary>Ends the run. The first reason counts; safe from any thread, any number of times.</summary>
    public void End(MachineExit exit)
    {
        if (Interlocked.CompareExchange(ref _end, exit, null) is not null) return;
        foreach (VcpuThread vcpu in _vcpus) vcpu.RequestStop();
    }

    /// <summary>Whether a user holds the vCPUs still.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Notes that a panic is about to hold the vCPUs still. False when one did so before: the user has let the machine go on since.</summary>
    public bool TryHoldForPanic()
    {
        if (Interlocked.Exchange(ref _heldForPanic, 1) != 0) return false;
        IsPaused = true;
        return true;
    }

    /// <summary>Notes the time of the guest's clock, when its vCPUs stand.</summary>
    public void StopClock()
    {
        try
        {
            _clock = Vm!.GetClock();
        }
        catch (ObjectDisposedException)
        {
            // The machine has ended instead.
        }
    }

    /// <summary>
    /// Puts the guest's clock back to where it stood, and tells its watchdogs of the gap, before its vCPUs go on: no guest should take the hours of a
    /// pause for a hang.
    /// </summary>
    public void ResumeClock()
    {
        try
        {
            Vm!.SetClock(_clock);
            foreach (VcpuThread vcpu in _vcpus) vcpu.Invoke(static fd => fd.NotifyPaused());
        }
        catch (Exception exception) when (exception is ObjectDisposedException or VcpuEndedException)
        {
            // The machine has ended meanwhile.
        }
    }

    /// <summary>Returns when no virtio device touches the RAM or a file, and none will until <see cref="ResumeDevices"/>. The vCPUs stand.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void QuiesceDevices(CancellationToken cancellation)
    {
        foreach (MmioTransport device in VirtioDevices) device.Quiesce(cancellation);
    }

    /// <summary>Lets the virtio devices go on.</summary>
    public void ResumeDevices()
    {
        foreach (MmioTransport device in VirtioDevices) device.Resume();
    }

    /// <summary>How many users want the machine to begin anew, whatever this run ends with. Guarded by the machine's gate.</summary>
    public int ResetWishes { get; set; }

    /// <summary>Whether the machine is off after this run, whoever wishes otherwise from now on. Guarded by the machine's gate.</summary>
    public bool IsEndDecided { get; set; }

    /// <summary>Whether the run is over or about to be.</summary>
    public bool IsEnding => Volatile.Read(ref _end) is not null;

    /// <inheritdoc/>
    public void RequestReset(ResetSource source) => End(WithPanic(new MachineExit(ExitReason.GuestReset, $"The guest reset itself ({Describe(source)}).")));

    /// <inheritdoc/>
    public void RequestExit(int code) => End(new MachineExit(ExitReason.DebugExit, $"The guest ended the machine with exit code {code}.") { ExitCode = code });

    /// <inheritdoc/>
    public void RequestPowerOff() => End(WithPanic(new MachineExit(ExitReason.GuestShutdown, "The guest switched itself off.")));

    /// <inheritdoc/>
    public void ReportPanic(string how)
    {
        Interlocked.CompareExchange(ref _reportedPanic, how, null);
        Panic();
    }

    /// <inheritdoc/>
    public void ReportReady(int code)
    {
        var readiness = new GuestReadiness(code, Stopwatch.GetTimestamp());
        if (Interlocked.CompareExchange(ref _ready, readiness, null) is null) _observer.BecameReady(this, readiness);
    }

    /// <summary>Tells its users something.</summary>
    public void Notice(string text) => _observer.Noticed(text);

    /// <summary>What the guest said when it was ready; null while it has not.</summary>
    public GuestReadiness? Ready => Volatile.Read(ref _ready);

    /// <summary>Where a vCPU stands, on its own thread.</summary>
    public MachineFault CaptureFault(VcpuFd vcpu) => FaultReporter.Capture(vcpu, ReadableMemory, _consoles.Spoken.Log.Tail(ConsoleTailLines));

    /// <summary>Where a vCPU stands whose thread met an exception; null when KVM does not say, which the exception may be about.</summary>
    public MachineFault? TryCaptureFault(int index)
    {
        try
        {
            return CaptureFault(_vcpuFds[index]);
        }
        catch (Exception)
        {
            // On a vCPU's thread, where it would end the process; the exception that counts is the one before.
            return null;
        }
    }

    /// <summary>A vCPU thread has nothing more to do; the last one frees the machine.</summary>
    public void VcpuEnded()
    {
        if (Interlocked.Decrement(ref _alive) > 0) return;
        HaltWatch.Remove(this);
        MachineExit exit = WithPanic(_end ?? new MachineExit(ExitReason.TurnedOff, "The vCPUs were stopped."));
        try
        {
            Free();
        }
        catch (Exception exception)
        {
            // On a vCPU's thread, where it would end the process: whoever waits for the machine is told instead.
            exit = new MachineExit(ExitReason.InternalError, $"The machine was not freed whole: {exception.Message}") { Exception = exception };
        }

        _observer.Ended(this, exit);
    }

    /// <summary>Frees what the builder has filled in so far, in the reverse order, and all of it: a part that fails keeps none of the others.</summary>
    public void Free()
    {
        Exception? first = null;
        foreach (IDisposable part in Parts())
        {
            try
            {
                part.Dispose();
            }
            catch (Exception failure)
            {
                first ??= failure;
            }
        }

        if (first is not null) ExceptionDispatchInfo.Throw(first);
    }

    private IEnumerable<MmioTransport> VirtioDevices => Mmio.Devices.Select(static mapping => mapping.Device).OfType<MmioTransport>();

    private IEnumerable<IDisposable> Parts()
    {
        yield return Ports; // timers of devices, before what they drive
        yield return Mmio; // virtio devices: their threads let go of the RAM
        foreach (VirtioHost host in Virtio) yield return host;
        foreach (VcpuFd vcpu in _vcpuFds) yield return vcpu;
        if (Vm is not null) yield return Vm;
        if (Memory is not null) yield return Memory;
        if (Rom is not null) yield return Rom;
    }

    /// <summary>What the guest's kernel said when it panicked, on the console or through a device; null while it has not.</summary>
    public string? PanicMessage => _consoles.PanicMessage is { } message ? $"Kernel panic - not syncing: {message}" : Volatile.Read(ref _reportedPanic);

    private void Panic() => _observer.Panicked(this, new MachineExit(ExitReason.GuestPanic, PanicMessage ?? "The guest's kernel panicked."));

    /// <summary>A panic that ended in a reset, a halt or a triple fault is a panic.</summary>
    private MachineExit WithPanic(MachineExit exit) =>
        exit.Reason is ExitReason.GuestReset or ExitReason.TripleFault or ExitReason.Halted or ExitReason.GuestShutdown && PanicMessage is { } message
            ? new MachineExit(ExitReason.GuestPanic, message) { Fault = exit.Fault }
            : exit;

    private static string Describe(ResetSource source) => source switch
    {
        ResetSource.KeyboardController => "keyboard controller",
        ResetSource.ResetControlRegister => "reset control register 0xCF9",
        ResetSource.SystemControlPort => "system control port 0x92",
        _ => source.ToString(),
    };
}
