using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// The signal that takes a vCPU out of the guest. It is blocked on the vCPU's thread and open only inside <c>KVM_RUN</c>
/// (<c>KVM_SET_SIGNAL_MASK</c>), where it ends the call with EINTR and is never delivered: no handler ever runs.
/// A signal sent too early stays pending and ends the next <c>KVM_RUN</c> at once, so none is lost. It is a standard signal, of which one at
/// most is pending, and not a real-time one: those are queued, and refused (EAGAIN) while the user's queue is full.
/// </summary>
internal static unsafe class KickSignal
{
    /// <summary>SIGSTKFLT: Linux on x86-64 defines it and never sends it, and neither glibc nor .NET uses it.</summary>
    private const int Number = 16;

    private const int SignalSetSize = 8;
    private const ulong Set = 1ul << (Number - 1);

    /// <summary>Blocks the signal on the calling thread. Returns the mask that lets it through, for use inside <c>KVM_RUN</c>.</summary>
    public static ulong Block()
    {
        ulong kick = Set;
        ulong previous = 0;
        // SAFETY: both sets are 8 bytes, the size the kernel is told.
        nint result = Libc.syscall(Libc.SYS_rt_sigprocmask, Libc.SIG_BLOCK, (nint)(&kick), (nint)(&previous), SignalSetSize);
        KvmException.ThrowIfFailed(result, "rt_sigprocmask");
        return previous & ~kick;
    }

    /// <summary>Takes every pending kick off the calling thread, without waiting.</summary>
    public static void Drain()
    {
        ulong kick = Set;
        timespec none = default;
        // SAFETY: the set is 8 bytes, the size the kernel is told; no siginfo is asked for.
        while (Libc.syscall(Libc.SYS_rt_sigtimedwait, (nint)(&kick), 0, (nint)(&none), SignalSetSize) == Number) { }
    }

    /// <summary>Sends the signal to one thread of this process. The caller knows that the thread has not ended.</summary>
    /// <exception cref="KvmException">There is no such thread.</exception>
    public static void Send(int threadId) =>
        KvmException.ThrowIfFailed(Libc.syscall(Libc.SYS_tgkill, Libc.getpid(), threadId, Number, 0), "tgkill");
}
