using System.Diagnostics;
using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// Waits for many files at once (epoll, level-triggered: a file is told of as long as it is ready). Files are added and removed, waits are
/// woken and the poller is disposed from any thread at any moment.
/// </summary>
/// <remarks>
/// The poller holds a file open from <see cref="Add"/> to <see cref="Remove"/>, so that the kernel never watches a number that has become another
/// file. The kernel knows a file by a token that is never used twice, and a token that is not in the table any more is dropped: after
/// <see cref="Remove"/> no wait that begins tells of the file, and one that is under way may do so one last time.
/// LOCK ORDER: <see cref="_gate"/> is a leaf.
/// </remarks>
public sealed unsafe class Poller : IDisposable
{
    private const ulong WakeToken = 0;
    private const int MostAtOnce = 64;

    private readonly object _gate = new();
    private readonly Dictionary<SafeHandle, ulong> _tokens = []; // guarded by _gate; each file is held
    private readonly Dictionary<ulong, object> _states = []; // guarded by _gate
    private readonly EventFd _wake = new();
    private readonly Descriptor _epoll;
    private ulong _lastToken = WakeToken; // guarded by _gate
    private volatile bool _disposed;

    /// <summary>A poller that waits for nothing yet.</summary>
    /// <exception cref="KvmException">EMFILE: the process has no descriptor left.</exception>
    public Poller()
    {
        try
        {
            _epoll = new Descriptor(_wake);
            _epoll.Control(Libc.EPOLL_CTL_ADD, _wake, PollEvents.Readable, WakeToken);
        }
        catch
        {
            _epoll?.Dispose();
            _wake.Dispose();
            throw;
        }
    }

    /// <summary>Begins to watch a file.</summary>
    /// <param name="file">A descriptor that can be polled; open until it is removed, whoever disposes it before.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="state">What <see cref="Wait"/> calls it.</param>
    /// <exception cref="KvmException">EEXIST: it is watched already; EPERM: it is of a kind that is always ready.</exception>
    /// <exception cref="ObjectDisposedException">The file or the poller was disposed.</exception>
    public void Add(SafeHandle file, PollEvents events, object state)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_tokens.ContainsKey(file)) throw new KvmException("epoll_ctl", Errno.EEXIST);
            ulong token = _lastToken + 1;
            bool held = false;
            file.DangerousAddRef(ref held);
            try
            {
                _epoll.Control(Libc.EPOLL_CTL_ADD, file, events, token);
            }
            catch
            {
                file.DangerousRelease();
                throw;
            }

            _lastToken = token;
            _tokens.Add(file, token);
            _states.Add(token, state);
        }
    }

    /// <summary>Changes what a file is watched for.</summary>
    /// <exception cref="KvmException">ENOENT: it is not watched.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed.</exception>
    public void Change(SafeHandle file, PollEvents events)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_tokens.TryGetValue(file, out ulong token)) throw new KvmException("epoll_ctl", Errno.ENOENT);
            _epoll.Control(Libc.EPOLL_CTL_MOD, file, events, token);
        }
    }

    /// <summary>Stops watching a file and lets go of it. False when it was not watched.</summary>
    public bool Remove(SafeHandle file)
    {
        lock (_gate)
        {
            if (!_tokens.Remove(file, out ulong token)) return false;
            _states.Remove(token);
            try
            {
                _epoll.Control(Libc.EPOLL_CTL_DEL, file, PollEvents.None, token);
            }
            finally
            {
                file.DangerousRelease();
            }

            return true;
        }
    }

    /// <summary>Waits until a file is ready, the time is over, or <see cref="Wake"/> is called.</summary>
    /// <param name="ready">Filled from its beginning. What does not fit is told by the next wait.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>How many files are ready; 0 when the time is over or the wait was woken.</returns>
    /// <exception cref="ArgumentException">There is no room for an answer.</exception>
    /// <exception cref="ObjectDisposedException">The poller was disposed, before the wait or during it.</exception>
    public int Wait(Span<PollReady> ready, TimeSpan timeout)
    {
        if (ready.IsEmpty) throw new ArgumentException("A wait needs room for one answer.", nameof(ready));
        long start = Stopwatch.GetTimestamp();
        Span<epoll_event> events = stackalloc epoll_event[Math.Min(ready.Length, MostAtOnce)];
        while (true)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int count = _epoll.Wait(events, Rest(timeout, start));
            int told = Tell(events[..count], ready, out bool woken);
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (told > 0 || woken) return told;
            if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= timeout) return 0;
        }
    }

    /// <summary>Ends the wait that is under way, or the next one. Of several waits at once it ends at least one.</summary>
    /// <exception cref="ObjectDisposedException">The poller was disposed.</exception>
    public void Wake() => _wake.Signal();

    /// <summary>Ends all waits for good and lets go of all files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true; // from here on nobody takes the bell's count: it ends each wait
            _wake.Signal();
            foreach (SafeHandle file in _tokens.Keys) file.DangerousRelease();
            _tokens.Clear();
            _states.Clear();
        }

        // A wait that is under way holds the descriptor, and with it the bell, until it returns.
        _epoll.Dispose();
        _wake.Dispose();
    }

    /// <summary>What is left of a time, in milliseconds, rounded up so that a wait is never too short; -1 for ever.</summary>
    private static int Rest(TimeSpan timeout, long start)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return -1;
        double rest = Math.Ceiling((timeout - Stopwatch.GetElapsedTime(start)).TotalMilliseconds);
        return (int)Math.Clamp(rest, 0, int.MaxValue);
    }

    /// <summary>Turns the kernel's answers into the owners' names, without those removed meanwhile.</summary>
    private int Tell(ReadOnlySpan<epoll_event> events, Span<PollReady> ready, out bool woken)
    {
        woken = false;
        int told = 0;
        lock (_gate)
        {
            if (_disposed) return 0;
            foreach (epoll_event answer in events)
            {
                if (answer.data == WakeToken) woken |= _wake.TryTake();
                else if (_states.TryGetValue(answer.data, out object? state)) ready[told++] = new PollReady(state, (PollEvents)answer.events);
            }
        }

        return told;
    }

    /// <summary>
    /// The descriptor of epoll. It keeps the bell open: the kernel forgets a file that is closed, even one that has just rung, and a wait would sleep on.
    /// </summary>
    private sealed class Descriptor : KernelFd
    {
        private readonly EventFd _bell;

        public Descriptor(EventFd bell)
            : base(Create())
        {
            bool held = false;
            bell.DangerousAddRef(ref held);
            _bell = bell;
        }

        public void Control(int operation, SafeHandle file, PollEvents events, ulong token)
        {
            bool held = false;
            bool fileHeld = false;
            try
            {
                DangerousAddRef(ref held);
                if (operation != Libc.EPOLL_CTL_DEL) file.DangerousAddRef(ref fileHeld); // a file that is removed is held by the table
                var what = new epoll_event { events = (uint)events, data = token };
                // SAFETY: the kernel reads one epoll_event from this method's stack; both descriptors are held.
                KvmException.ThrowIfFailed(Libc.epoll_ctl(Number, operation, (int)file.DangerousGetHandle(), &what), "epoll_ctl");
            }
            finally
            {
                if (fileHeld) file.DangerousRelease();
                if (held) DangerousRelease();
            }
        }

        /// <summary>The files that are ready; none when the time is over or a signal came.</summary>
        public int Wait(Span<epoll_event> events, int milliseconds)
        {
            bool held = false;
            try
            {
                DangerousAddRef(ref held);
                int count;
                // SAFETY: the kernel writes at most as many events as the span has.
                fixed (epoll_event* first = events) count = Libc.epoll_wait(Number, first, events.Length, milliseconds);
                if (count >= 0) return count;
                if (Marshal.GetLastPInvokeError() == Errno.EINTR) return 0;
                throw new KvmException("epoll_wait", Marshal.GetLastPInvokeError());
            }
            finally
            {
                if (held) DangerousRelease();
            }
        }

        protected override bool ReleaseHandle()
        {
            bool closed = base.ReleaseHandle();
            _bell.DangerousRelease();
            return closed;
        }

        private static int Create()
        {
            int descriptor = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
            KvmException.ThrowIfFailed(descriptor, "epoll_create1");
            return descriptor;
        }
    }
}
