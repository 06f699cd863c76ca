using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// The thread that runs one vCPU. Run, pause, resume, stop and calls may come from any thread, at any moment, any number of times.
/// </summary>
/// <remarks>
/// Requests are bits of <see cref="_requests"/>. Whoever sets one then kicks; the vCPU thread looks at the bits before each entry and
/// after each interrupted one, having drained the kick first. The order on both sides (bit before signal; drain, then allow the next
/// signal, then look) is why no request can be missed: a kick that comes between the look and the entry is still pending at the entry
/// and ends it, and a kick is left unsent only while the thread has yet to look.
/// A vCPU thread waits for no vCPU thread, itself included: two that waited for each other would never end. <see cref="Invoke{T}(Func{VcpuFd, T}, CancellationToken)"/>
/// and <see cref="WaitUntilPaused(CancellationToken)"/> throw there instead; an exit's handler that wants something of another vCPU sends it a request and goes on.
/// LOCK ORDER: <see cref="_gate"/> is a leaf; nothing is called with it held.
/// </remarks>
public sealed class VcpuThread
{
    private const int PauseRequest = 1;
    private const int StopRequest = 2;
    private const int CallRequest = 4;
    private const int ReasonCount = 64;

    [ThreadStatic]
    private static VcpuThread? _current; // whose thread the calling one is

    private readonly VcpuFd _vcpu;
    private readonly IVcpuHandler _handler;
    private readonly string _name;
    private readonly int? _hostCpu;
    private readonly object _gate = new();
    private readonly Queue<VcpuCall> _calls = new(); // guarded by _gate
    private readonly long[] _exits = new long[ReasonCount]; // written by the vCPU thread alone
    private long _firstExitAt; // written by the vCPU thread alone
    private int _started;
    private int _requests; // bits set under _gate, read without
    private int _kickPending; // 1 from a signal's sending until the vCPU thread has drained it and is about to look
    private int _threadId; // guarded by _gate for kicks: 0 once no signal may be sent
    private bool _paused; // guarded by _gate
    private bool _ended; // guarded by _gate
    private TimeSpan _cpuTimeBefore; // what the thread had used for other vCPUs; guarded by _gate
    private TimeSpan _finalCpuTime;
    private (kvm_regs General, kvm_sregs Special)? _finalRegisters; // written before _ended is set

    /// <summary>Prepares the thread; the guest runs after <see cref="Start"/>.</summary>
    /// <param name="vcpu">The vCPU; from now on its calls belong to this thread.</param>
    /// <param name="name">The thread's name; of a long one Linux shows the beginning and what follows the last hyphen, 15 bytes in all.</param>
    /// <param name="handler">Who answers the exits.</param>
    /// <param name="hostCpu">The one CPU of the host that the thread may run on; null for any. A refusal ends the vCPU, see <see cref="HostCpuSet.OfProcess"/>.</param>
    public VcpuThread(VcpuFd vcpu, string name, IVcpuHandler handler, int? hostCpu = null)
    {
        _vcpu = vcpu;
        _handler = handler;
        _name = name;
        _hostCpu = hostCpu;
    }

    /// <summary>The number of the vCPU.</summary>
    public int Index => _vcpu.Index;

    /// <summary>The kernel's number of the thread, or 0 when it does not run.</summary>
    public int ThreadId => Volatile.Read(ref _threadId);

    /// <summary>CPU time used, in the guest and for it.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            lock (_gate) return _threadId != 0 ? ThreadClock.CpuTime(_threadId) - _cpuTimeBefore : _finalCpuTime;
        }
    }

    /// <summary>How often the vCPU left the guest for a reason.</summary>
    public long ExitsFor(VcpuExitReason reason) => (uint)reason < ReasonCount ? Volatile.Read(ref _exits[(int)reason]) : 0;

    /// <summary>How often the vCPU left the guest.</summary>
    public long Exits
    {
        get
        {
            long sum = 0;
            for (int reason = 0; reason < ReasonCount; reason++) sum += Volatile.Read(ref _exits[reason]);
            return sum;
        }
    }

    /// <summary>The <see cref="Stopwatch.GetTimestamp"/> of the moment when the vCPU left the guest for the first time; null before it.</summary>
    public long? FirstExitTimestamp => Volatile.Read(ref _firstExitAt) is not 0 and var first ? first : null;

    /// <summary>Whether the vCPU will never run again.</summary>
    public bool HasEnded
    {
        get { lock (_gate) return _ended; }
    }

    /// <summary>The general registers now, of a running vCPU after a kick; of an ended one, those it ended with.</summary>
    public kvm_regs SampleRegisters() =>
        TryInvoke(static vcpu => vcpu.GetRegisters(), out kvm_regs now) ? now : _finalRegisters?.General ?? default;

    /// <summary>
    /// General registers, segments and control registers of one moment: now, of a running vCPU after a kick; of an ended one, those it ended
    /// with. Null when it ended by a failure that kept it from telling.
    /// </summary>
    public (kvm_regs General, kvm_sregs Special)? SampleAllRegisters() =>
        TryInvoke(static vcpu => (vcpu.GetRegisters(), vcpu.GetSpecialRegisters()), out (kvm_regs, kvm_sregs) now) ? now : _finalRegisters;

    /// <summary>Starts the thread, paused when a pause was asked for before.</summary>
    /// <exception cref="ThreadStateException">It was started before.</exception>
    /// <exception cref="ObjectDisposedException">The vCPU was given back.</exception>
    /// <exception cref="OutOfMemoryException">The host has no thread.</exception>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new ThreadStateException($"vCPU {Index} was started before.");
        bool held = false;
        _vcpu.DangerousAddRef(ref held); // given back by the thread, when it has ended
        NativeResources.VcpuThreadStarted();
        try
        {
            LentThread.Run(Main);
        }
        catch
        {
            NativeResources.VcpuThreadEnded();
            _vcpu.DangerousRelease();
            throw;
        }
    }

    /// <summary>Says that the thread will never be started: whoever waits for it goes on.</summary>
    public void Abandon() => End();

    /// <summary>Asks the vCPU to leave the guest and wait. Returns at once; see <see cref="WaitUntilPaused()"/>.</summary>
    public void RequestPause() => Request(PauseRequest);

    /// <summary>Waits until the vCPU stands still, with its last access finished. False when it has ended instead.</summary>
    /// <exception cref="InvalidOperationException">The caller is a vCPU's thread.</exception>
    public bool WaitUntilPaused() => WaitUntilPaused(CancellationToken.None);

    /// <summary>Waits until the vCPU stands still, with its last access finished. False when it has ended instead.</summary>
    /// <param name="cancellation">Ends the wait; the pause stays asked for.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is a vCPU's thread.</exception>
    public bool WaitUntilPaused(CancellationToken cancellation)
    {
        if (_current is not null) ThrowOnVcpuThread();
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static thread => ((VcpuThread)thread!).Pulse(), this);
        lock (_gate)
        {
            while (!_paused && !_ended)
            {
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            return !_ended;
        }
    }

    /// <summary>Lets a paused vCPU go on, or takes a pause back that has not happened yet.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _requests &= ~PauseRequest;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the vCPU, paused or running; <see cref="IVcpuHandler.OnEnded"/> follows on its thread.</summary>
    public void RequestStop() => Request(StopRequest);

    /// <summary>Runs a function on the vCPU's thread, between two entries, with its last access finished, and returns what it returns.</summary>
    /// <exception cref="VcpuEndedException">The vCPU has ended.</exception>
    /// <exception cref="InvalidOperationException">The caller is another vCPU's thread.</exception>
    public T Invoke<T>(Func<VcpuFd, T> function) => Invoke(function, CancellationToken.None);

    /// <summary>Runs a function on the vCPU's thread, between two entries, with its last access finished, and returns what it returns.</summary>
    /// <param name="function">What to do with the vCPU. On the vCPU's own thread it is called at once.</param>
    /// <param name="cancellation">Withdraws the call when it has not begun: the vCPU may be in an exit that takes long. One that has begun is waited for.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and the function will not be called.</exception>
    /// <exception cref="VcpuEndedException">The vCPU has ended.</exception>
    /// <exception cref="InvalidOperationException">The caller is another vCPU's thread.</exception>
    public T Invoke<T>(Func<VcpuFd, T> function, CancellationToken cancellation)
    {
        if (_current == this) return function(_vcpu);
        if (_current is not null) ThrowOnVcpuThread();
        cancellation.ThrowIfCancellationRequested();

        var call = new VcpuCall<T>(function);
        lock (_gate)
        {
            if (_ended) throw new VcpuEndedException(Index);
            _calls.Enqueue(call);
        }

        Request(CallRequest);
        return call.Wait(cancellation);
    }

    /// <summary>Invokes, unless the vCPU has ended, or ends in between.</summary>
    private bool TryInvoke<T>(Func<VcpuFd, T> function, out T? result)
    {
        try
        {
            if (!HasEnded)
            {
                result = Invoke(function);
                return true;
            }
        }
        catch (VcpuEndedException)
        {
            // It ended in between: what it ended with is the answer.
        }

        result = default;
        return false;
    }

    private void Request(int bit)
    {
        lock (_gate)
        {
            if (_ended) return;
            _requests |= bit;
            Monitor.PulseAll(_gate);
            // Before the thread has a number it has not looked at the bits yet, after it has none it needs none, and it looks anyway when it asks itself.
            if (_threadId != 0 && _current != this && Interlocked.Exchange(ref _kickPending, 1) == 0) Kick();
        }
    }

    private void Kick()
    {
        try
        {
            KickSignal.Send(_threadId);
        }
        catch
        {
            Volatile.Write(ref _kickPending, 0); // the caller hears of it, and the next request sends again
            throw;
        }
    }

    private void Main()
    {
        Exception? failure = null;
        try
        {
            _current = this;
            ThreadName.Set(_name);
            if (_hostCpu is { } cpu) HostCpuSet.PinCurrentThread(cpu);
            _vcpu.SetSignalMask(KickSignal.Block());
            lock (_gate)
            {
                _threadId = ThreadClock.CurrentThreadId();
                _cpuTimeBefore = ThreadClock.CpuTime(_threadId);
            }

            Loop();
            _finalRegisters = (_vcpu.GetRegisters(), _vcpu.GetSpecialRegisters());
        }
        catch (Exception exception)
        {
            // An exception that left this thread would end the user's shell: it becomes the machine's Failed state instead.
            failure = exception;
        }

        End();
        _vcpu.DangerousRelease();
        NativeResources.VcpuThreadEnded();
        _current = null;
        _handler.OnEnded(this, failure);
    }

    private void Loop()
    {
        while (true)
        {
            if (Volatile.Read(ref _requests) != 0 && !ServeRequests()) return;

            int error = _vcpu.Enter();
            if (error == 0)
            {
                if (!HandleExit()) return;
            }
            else if (error == Errno.EINTR)
            {
                KickSignal.Drain();
                Interlocked.Exchange(ref _kickPending, 0); // not before: the drain could eat a signal that is still marked as pending
            }
            else if (error != Errno.EAGAIN) // an application processor that waited has been started: enter it
            {
                throw new KvmException(nameof(KvmConstants.KVM_RUN), error);
            }
        }
    }

    private bool HandleExit()
    {
        var exit = new VcpuExit(_vcpu);
        _exits[(int)exit.Reason & (ReasonCount - 1)]++;
        if (_firstExitAt == 0) Volatile.Write(ref _firstExitAt, Stopwatch.GetTimestamp());
        return _handler.OnExit(exit);
    }

    /// <summary>Finishes the instruction that the last exit belongs to, with the further exits that it may have. False: stop.</summary>
    private bool FinishInstruction()
    {
        while (_vcpu.CompletePendingAccess())
        {
            if (!HandleExit()) return false;
        }

        return true;
    }

    /// <summary>Serves calls and pauses until none is left. False: stop.</summary>
    private bool ServeRequests()
    {
        if (!FinishInstruction()) return false;
        while (true)
        {
            VcpuCall? call;
            lock (_gate)
            {
                while (true)
                {
                    if ((_requests & StopRequest) != 0) return false;
                    if (_calls.TryDequeue(out call)) break;
                    _requests &= ~CallRequest;
                    _paused = (_requests & PauseRequest) != 0;
                    if (!_paused) return true;
                    Monitor.PulseAll(_gate);
                    Monitor.Wait(_gate);
                }
            }

            call.Run(_vcpu);
        }
    }

    private void End()
    {
        lock (_gate)
        {
            if (_threadId != 0) _finalCpuTime = ThreadClock.CpuTime(_threadId) - _cpuTimeBefore;
            _threadId = 0;
            _ended = true;
            _paused = false;
            Monitor.PulseAll(_gate);
            while (_calls.TryDequeue(out VcpuCall? call)) call.Fail(new VcpuEndedException(Index));
        }

        KickSignal.Drain(); // a last kick would end the next vCPU's first entry
    }

    private void Pulse()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    [DoesNotReturn]
    private static void ThrowOnVcpuThread() => throw new InvalidOperationException("A vCPU's thread must not wait for a vCPU: the two could wait for each other.");
}
