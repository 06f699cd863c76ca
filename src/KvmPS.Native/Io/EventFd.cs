using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// A counter in the kernel that one side adds to and the other takes: the bell between threads, a <see cref="Poller"/>, and KVM, which rings it
/// for a guest's write (ioeventfd) or turns it into an interrupt (irqfd). Safe from any thread; no call waits or allocates.
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

    private static int Create()
    {
        int descriptor = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        KvmException.ThrowIfFailed(descriptor, "eventfd");
        return descriptor;
    }
}
