using System.Diagnostics;
using KvmPS.Core.Debug;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// One run of a machine, from power-on to power-off: everything it holds from the host, and the end of it. The last vCPU thread to end
/// frees it all, so that a machine that ends by itself holds nothing any more.
/// </summary>
internal sealed class MachineInstance : ISystemControl
{
    private const int ConsoleTailLines = 20;
    private const int DebugLogLimit = 1 << 20;

    private readonly List<VcpuFd> _vcpuFds = [];
    private readonly List<VcpuThread> _vcpus = [];
    private readonly Action<MachineInstance, MachineExit> _completed;
    private MachineExit? _end;
    private GuestReadiness? _ready;
    private int _alive;

    /// <summary>An instance that holds nothing of KVM yet; <see cref="MachineBuilder"/> fills it step by step.</summary>
    /// <param name="completed">Called once, on the last vCPU thread, after everything is freed.</param>
    /// <param name="serialLogLimit">How many bytes of the console are kept.</param>
    public MachineInstance(Action<MachineInstance, MachineExit> completed, int serialLogLimit)
    {
        _completed = completed;
        Dispatcher = new VcpuDispatcher(Ports, Mmio, this);
        Serial = new SerialPort(
            TimeProvider.System,
            new SerialLogOptions { BoundBytes = serialLogLimit },
            new PanicScanner(message => End(Panic(message))));
        DebugLog = new SerialLog(TimeProvider.System, new SerialLogOptions { BoundBytes = DebugLogLimit, HeadBytes = DebugLogLimit / 2 });
    }

    /// <summary>The I/O ports.</summary>
    public Bus Ports { get; } = new("ports");

    /// <summary>Physical addresses that are not RAM.</summary>
    public Bus Mmio { get; } = new("mmio");

    /// <summary>The console.</summary>
    public SerialPort Serial { get; }

    /// <summary>What the guest wrote to the debug console.</summary>
    public SerialLog DebugLog { get; }

    /// <summary>The codes that the guest wrote to the diagnostic port.</summary>
    public PostCodePort PostCodes { get; } = new(TimeProvider.System);

    /// <summary>The handler of all vCPU threads.</summary>
    public VcpuDispatcher Dispatcher { get; }

    /// <summary>The RAM.</summary>
    public GuestMemory? Memory { get; set; }

    /// <summary>KVM's machine.</summary>
    public VmFd? Vm { get; set; }

    /// <summary>Whether HLT stays in the kernel, so that a dead halt must be looked for.</summary>
    public bool HaltsInKernel { get; set; }

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

        if (HaltsInKernel) HaltWatch.Add(this);
    }

    /// <summary>Ends the run. The first reason counts; safe from any thread, any number of times.</summary>
    public void End(MachineExit exit)
    {
        if (Interlocked.CompareExchange(ref _end, exit, null) is not null) return;
        foreach (VcpuThread vcpu in _vcpus) vcpu.RequestStop();
    }

    /// <summary>Whether a user holds the vCPUs still.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether the run is over or about to be.</summary>
    public bool IsEnding => Volatile.Read(ref _end) is not null;

    /// <inheritdoc/>
    public void RequestReset(ResetSource source) => End(WithPanic(new MachineExit(ExitReason.GuestReset, $"The guest reset itself ({Describe(source)}).")));

    /// <inheritdoc/>
    public void RequestExit(int code) => End(new MachineExit(ExitReason.DebugExit, $"The guest ended the machine with exit code {code}.") { ExitCode = code });

    /// <inheritdoc/>
    public void RequestPowerOff() => End(WithPanic(new MachineExit(ExitReason.GuestShutdown, "The guest switched itself off.")));

    /// <inheritdoc/>
    public void ReportPanic(string how) => End(new MachineExit(ExitReason.GuestPanic, how));

    /// <inheritdoc/>
    public void ReportReady(int code) => Interlocked.CompareExchange(ref _ready, new GuestReadiness(code, Stopwatch.GetTimestamp()), null);

    /// <summary>What the guest said when it was ready; null while it has not.</summary>
    public GuestReadiness? Ready => Volatile.Read(ref _ready);

    /// <summary>Where a vCPU stands, on its own thread.</summary>
    public MachineFault CaptureFault(VcpuFd vcpu) => FaultReporter.Capture(vcpu, Memory!, Serial.Log.Tail(ConsoleTailLines));

    /// <summary>Where a vCPU stands whose thread met an exception; null when KVM does not say, which the exception may be about.</summary>
    public MachineFault? TryCaptureFault(int index)
    {
        try
        {
            return CaptureFault(_vcpuFds[index]);
        }
        catch (Exception exception) when (exception is KvmException or ObjectDisposedException)
        {
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

        _completed(this, exit);
    }

    /// <summary>Frees what the builder has filled in so far, in the reverse order.</summary>
    public void Free()
    {
        foreach (VcpuFd vcpu in _vcpuFds) vcpu.Dispose();
        Vm?.Dispose();
        Memory?.Dispose();
        Serial.Complete();
        DebugLog.Complete();
    }

    /// <summary>A panic that ended in a reset, a halt or a triple fault is a panic.</summary>
    private MachineExit WithPanic(MachineExit exit) =>
        exit.Reason is ExitReason.GuestReset or ExitReason.TripleFault or ExitReason.Halted or ExitReason.GuestShutdown && Serial.PanicMessage is { } message
            ? Panic(message) with { Fault = exit.Fault }
            : exit;

    private static MachineExit Panic(string message) => new(ExitReason.GuestPanic, $"Kernel panic - not syncing: {message}");

    private static string Describe(ResetSource source) => source switch
    {
        ResetSource.KeyboardController => "keyboard controller",
        ResetSource.ResetControlRegister => "reset control register 0xCF9",
        _ => source.ToString(),
    };
}
