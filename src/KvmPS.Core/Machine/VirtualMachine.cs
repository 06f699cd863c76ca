using System.Diagnostics;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// A machine: its configuration, its state, and the present or last run. It can be started again after it ended; each run begins with
/// fresh memory, fresh devices and an empty console log.
/// </summary>
/// <remarks>
/// LOCK ORDER: <see cref="_actions"/>, then <see cref="_gate"/>, then whatever vCPU threads and devices lock. vCPU threads take the gate
/// alone, and only when they have ended.
/// </remarks>
public sealed class VirtualMachine : IDisposable
{
    private readonly object _actions = new(); // one user action at a time
    private readonly object _gate = new(); // state, instance, last exit
    private readonly Action<MachineInstance>? _outfit;
    private MachineConfig _config; // replaced under _actions, read without
    private MachineState _state;
    private MachineInstance? _instance;
    private SerialPort? _serial;
    private SerialLog? _debugLog;
    private PostCodePort? _postCodes;
    private MachineExit? _lastExit;
    private long _startedAt;
    private long _endedAt;
    private int _runs;
    private bool _removed;
    private IReadOnlyList<VcpuThread> _vcpus = [];
    private RunStatistics _finalStatistics = RunStatistics.None;

    /// <summary>A machine that is off.</summary>
    public VirtualMachine(MachineConfig config) => _config = config;

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

    /// <summary>What it is doing.</summary>
    public MachineState State
    {
        get { lock (_gate) return _state; }
    }

    /// <summary>How the last run ended; null while one is under way and before the first.</summary>
    public MachineExit? LastExit
    {
        get { lock (_gate) return _lastExit; }
    }

    /// <summary>The console of the present or last run; null before the first.</summary>
    public SerialPort? Serial
    {
        get { lock (_gate) return _serial; }
    }

    /// <summary>What the guest of the present or last run wrote to the debug console at port 0xE9; empty before the first.</summary>
    public string DebugConsoleText
    {
        get
        {
            SerialLog? log;
            lock (_gate) log = _debugLog;
            return log?.Text ?? "";
        }
    }

    /// <summary>The newest codes that the guest of the present or last run wrote to the diagnostic port 0x80, oldest first.</summary>
    public IReadOnlyList<PostCode> PostCodes
    {
        get
        {
            PostCodePort? port;
            lock (_gate) port = _postCodes;
            return port?.Codes ?? [];
        }
    }

    /// <summary>How often the machine was started.</summary>
    public int Runs
    {
        get { lock (_gate) return _runs; }
    }

    /// <summary>How long the present run has taken, or the last one took.</summary>
    public TimeSpan Uptime
    {
        get
        {
            lock (_gate)
            {
                if (_runs == 0) return TimeSpan.Zero;
                return Stopwatch.GetElapsedTime(_startedAt, _instance is null ? _endedAt : Stopwatch.GetTimestamp());
            }
        }
    }

    /// <summary>Exits and CPU time of the present or last run, as of now.</summary>
    public RunStatistics Statistics
    {
        get
        {
            lock (_gate) return _instance is { } running ? RunStatistics.Of(running.Vcpus, running.Ports, running.Mmio) : _finalStatistics;
        }
    }

    /// <summary>From the start of the run to the first byte on its console; null while there is none.</summary>
    public TimeSpan? TimeToFirstByte
    {
        get
        {
            lock (_gate) return _serial?.Log.FirstByteTimestamp is { } first ? Stopwatch.GetElapsedTime(_startedAt, first) : null;
        }
    }

    /// <summary>Builds the machine and runs its vCPUs. Nothing happens when it runs already.</summary>
    /// <exception cref="MachineStateException">It is paused.</exception>
    /// <exception cref="MachineRemovedException">It was removed.</exception>
    /// <exception cref="KvmException">KVM is not there, or refuses.</exception>
    /// <exception cref="ArgumentException">Its configuration has several vCPUs and no interrupt controllers.</exception>
    /// <exception cref="Boot.ImageNotBootableException">The image cannot be booted.</exception>
    /// <exception cref="IOException">A file cannot be read, or the log of the last run is still being written.</exception>
    public void Start()
    {
        lock (_actions)
        {
            if (Check(MachineAction.Start) == MachineState.Running) return;
            WaitForLogFile();
            long startedAt = Stopwatch.GetTimestamp();
            MachineInstance instance = MachineBuilder.Build(Config, Completed);
            Outfit(instance);
            lock (_gate)
            {
                _instance = instance;
                _serial = instance.Serial;
                _debugLog = instance.DebugLog;
                _postCodes = instance.PostCodes;
                _vcpus = instance.Vcpus;
                _lastExit = null;
                _startedAt = startedAt;
                _runs++;
                SetStateUnsynchronized(MachineState.Running);
            }

            instance.Start();
        }
    }

    /// <summary>Changes what the machine is made from, while it is off.</summary>
    /// <param name="change">Gets the present configuration, and returns the new one, of the same name.</param>
    /// <exception cref="MachineStateException">It runs or is paused.</exception>
    /// <exception cref="MachineRemovedException">It was removed.</exception>
    public void Reconfigure(Func<MachineConfig, MachineConfig> change)
    {
        lock (_actions)
        {
            Check(MachineAction.Reconfigure);
            Volatile.Write(ref _config, change(_config) with { Name = _config.Name });
        }
    }

    /// <summary>Stops all vCPUs between two instructions and returns when they stand, or when the machine has ended by itself meanwhile.</summary>
    /// <exception cref="MachineStateException">It does not run.</exception>
    public void Pause()
    {
        lock (_actions)
        {
            if (Check(MachineAction.Pause) == MachineState.Paused || CurrentInstance() is not { } instance) return;
            foreach (VcpuThread vcpu in instance.Vcpus) vcpu.RequestPause();
            if (instance.Vcpus.All(static vcpu => vcpu.WaitUntilPaused())) SetState(instance, MachineState.Paused);
            else WaitUntilFreed(instance); // its guest ended it meanwhile
        }
    }

    /// <summary>Lets a paused machine go on.</summary>
    /// <exception cref="MachineStateException">It is off.</exception>
    public void Resume()
    {
        lock (_actions)
        {
            if (Check(MachineAction.Resume) == MachineState.Running || CurrentInstance() is not { } instance) return;
            SetState(instance, MachineState.Running);
            foreach (VcpuThread vcpu in instance.Vcpus) vcpu.Resume();
        }
    }

    /// <summary>Pulls the plug, and returns when the machine holds nothing any more.</summary>
    /// <param name="cancellation">Ends the wait for that; the plug stays pulled.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void TurnOff(CancellationToken cancellation = default)
    {
        using CancellationTokenRegistration registration = cancellation.Register(Pulse);
        lock (_actions)
        {
            CurrentInstance()?.End(new MachineExit(ExitReason.TurnedOff, "The machine was turned off."));
            lock (_gate)
            {
                while (_instance is not null)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }

                SetStateUnsynchronized(MachineState.Off);
            }
        }
    }

    /// <summary>Waits for a condition on the state. False when the time is over first.</summary>
    /// <param name="condition">Called under the machine's lock: quick, and without calls to the machine.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait at once.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="MachineRemovedException">The machine was removed, before the wait or during it.</exception>
    public bool WaitFor(Func<MachineState, bool> condition, TimeSpan timeout, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.Register(Pulse);
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (true)
            {
                if (_removed) throw new MachineRemovedException(Config.Name);
                if (condition(_state)) return true;
                cancellation.ThrowIfCancellationRequested();
                if (timeout == Timeout.InfiniteTimeSpan)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                TimeSpan rest = timeout - Stopwatch.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero) return false;
                Monitor.Wait(_gate, (int)Math.Ceiling(rest.TotalMilliseconds));
            }
        }
    }

    /// <summary>The vCPUs of the present or last run; empty before the first.</summary>
    public IReadOnlyList<VcpuThread> Vcpus
    {
        get { lock (_gate) return _vcpus; }
    }

    /// <summary>Removes the machine: turns it off for good. Whoever waits for one of its states is told.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _removed = true;
            Monitor.PulseAll(_gate);
        }

        TurnOff();
    }

    /// <summary>On the last vCPU thread of a run, when everything is freed.</summary>
    private void Completed(MachineInstance instance, MachineExit exit)
    {
        lock (_gate)
        {
            _endedAt = Stopwatch.GetTimestamp();
            _finalStatistics = RunStatistics.Of(instance.Vcpus, instance.Ports, instance.Mmio);
            _instance = null;
            _lastExit = exit;
            SetStateUnsynchronized(exit.StateAfter);
        }
    }

    private void Outfit(MachineInstance instance)
    {
        try
        {
            _outfit?.Invoke(instance);
        }
        catch
        {
            instance.Free();
            throw;
        }
    }

    /// <summary>Two runs must not write one file at once.</summary>
    private void WaitForLogFile()
    {
        if (Serial is { } last && !last.FileCompleted.Wait(SerialPort.FilePatience))
            throw new IOException($"'{Config.SerialLogPath}' is still being written with the console of the last run.");
    }

    private MachineState Check(MachineAction action)
    {
        lock (_gate)
        {
            if (_removed) throw new MachineRemovedException(Config.Name);
            if (MachineTransitions.Next(_state, action) is null) throw new MachineStateException(Config.Name, _state, action);
            return _state;
        }
    }

    /// <summary>Waits for the end of a run that is ending.</summary>
    private void WaitUntilFreed(MachineInstance instance)
    {
        lock (_gate)
        {
            while (_instance == instance) Monitor.Wait(_gate);
        }
    }

    private MachineInstance? CurrentInstance()
    {
        lock (_gate) return _instance;
    }

    /// <summary>Sets the state of a run, unless it has ended meanwhile.</summary>
    private void SetState(MachineInstance instance, MachineState state)
    {
        lock (_gate)
        {
            if (_instance != instance) return;
            instance.IsPaused = state == MachineState.Paused;
            SetStateUnsynchronized(state);
        }
    }

    private void SetStateUnsynchronized(MachineState state)
    {
        _state = state;
        Monitor.PulseAll(_gate);
    }

    private void Pulse()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}
