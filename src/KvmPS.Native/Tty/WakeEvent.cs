using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>An eventfd that ends another thread's <c>poll</c>. Once set it stays set.</summary>
internal sealed class WakeEvent : KernelFd
{
    /// <summary>An event that is not set.</summary>
    /// <exception cref="KvmException">There are no descriptors left.</exception>
    public WakeEvent()
        : base((int)KvmException.ThrowIfFailed(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), "eventfd"))
    {
    }

    /// <summary>What <c>poll</c> waits on; the caller holds this handle meanwhile.</summary>
    internal int Descriptor => Number;

    /// <summary>Sets the event.</summary>
    public unsafe void Set()
    {
        ulong one = 1;
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            // SAFETY: the kernel reads the 8 bytes of the local. It refuses only what would overflow the counter, and then the event is set already.
            _ = Libc.write(Number, &one, sizeof(ulong));
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }
}
