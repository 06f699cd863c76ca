using System.Diagnostics;
using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// A counter in the kernel that one side adds to and the other takes: the bell between threads, a <see cref="Poller"/>, and KVM, which rings it
/// for a guest's write (ioeventfd) or turns it into an interrupt (irqfd). Safe from any thread; no call allocates, and none but <see cref="Wait"/> waits.
/// </summary>
public sealed unsafe class EventFd : KernelFd
{
    /// <summary>A counter at zero.</summary>
    /// <exception cref="KvmException">EMFILE: the process has no descriptor left.</exception>
    public EventFd()
        : base(Create())
    {
    }

    /// <summary>Adds to the counter. A counter that is full stays full: whoever takes it learns of a signal all the same.</summary>
    /// <param name="count">At least one.</param>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public void Signal(ulong count = 1)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            // SAFETY: eight bytes of the caller's stack, which is what an eventfd takes.
            if (Libc.write(Number, &count, sizeof(ulong)) == -1 && Marshal.GetLastPInvokeError() != Errno.EAGAIN)
                throw new KvmException("write(eventfd)", Marshal.GetLastPInvokeError());
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>Takes the whole counter and sets it to zero. False when it was zero.</summary>
    /// <param name="count">How much was added since it was taken last.</param>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public bool TryTake(out ulong count)
    {
        bool held = false;
        ulong value = 0;
        try
        {
            DangerousAddRef(ref held);
            // SAFETY: eight bytes of this method's stack, which is what an eventfd gives.
            if (Libc.read(Number, &value, sizeof(ulong)) == -1 && Marshal.GetLastPInvokeError() != Errno.EAGAIN)
                throw new KvmException("read(eventfd)", Marshal.GetLastPInvokeError());
        }
        finally
        {
            if (held) DangerousRelease();
        }

        count = value;
        return value != 0;
    }

    /// <summary>Takes the whole counter and sets it to zero. False when it was zero.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public bool TryTake() => TryTake(out _);

    /// <summary>Waits until the counter is not zero, and leaves it as it is. False when the time is over before.</summary>
    /// <param name="timeout">How long, rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <exception cref="ObjectDisposedException">It was closed before; a wait that is under way keeps it open.</exception>
    public bool Wait(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            var what = new pollfd { fd = Number, events = Libc.POLLIN };
            while (true)
            {
                // SAFETY: one pollfd on this method's stack; the descriptor is held.
                int ready = Libc.poll(&what, 1, Milliseconds(timeout, start));
                if (ready > 0) return true;
                if (ready == -1 && Marshal.GetLastPInvokeError() != Errno.EINTR) throw new KvmException("poll(eventfd)", Marshal.GetLastPInvokeError());
                if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= timeout) return false;
            }
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    private static int Milliseconds(TimeSpan timeout, long start) => timeout == Timeout.InfiniteTimeSpan
        ? -1
        : (int)Math.Clamp(Math.Ceiling((timeout - Stopwatch.GetElapsedTime(start)).TotalMilliseconds), 0, int.MaxValue);

    private static int Create()
    {
        int descriptor = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        KvmException.ThrowIfFailed(descriptor, "eventfd");
        return descriptor;
    }
}
