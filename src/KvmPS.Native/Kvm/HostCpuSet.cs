using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>The host's CPUs that threads may run on.</summary>
public static unsafe class HostCpuSet
{
    private const int MaskBytes = 1024; // 8,192 CPUs, the most that Linux is built for
    private const int Bits = 8;

    [ThreadStatic]
    private static bool _isPinned;

    /// <summary>The CPUs of this process, in ascending order: those online that its affinity and its control group leave it.</summary>
    /// <exception cref="KvmException">The kernel does not say.</exception>
    public static IReadOnlyList<int> OfProcess()
    {
        byte[] mask = ReadProcessMask();
        return [.. Enumerable.Range(0, mask.Length * Bits).Where(cpu => (mask[cpu / Bits] >> (cpu % Bits) & 1) != 0)];
    }

    /// <summary>Lets the calling thread run on one CPU only.</summary>
    /// <exception cref="KvmException">EINVAL: there is no such CPU, or the control group does not allow it.</exception>
    internal static void PinCurrentThread(int cpu)
    {
        if ((uint)cpu >= MaskBytes * Bits) throw new KvmException("sched_setaffinity", Errno.EINVAL);
        byte[] mask = new byte[MaskBytes];
        mask[cpu / Bits] = (byte)(1 << (cpu % Bits));
        ApplyToCurrentThread(mask);
        _isPinned = true;
    }

    /// <summary>Lets the calling thread run wherever the process may, when it was pinned before.</summary>
    /// <exception cref="KvmException">The kernel refuses.</exception>
    internal static void UnpinCurrentThread()
    {
        if (!_isPinned) return;
        ApplyToCurrentThread(ReadProcessMask());
        _isPinned = false;
    }

    /// <summary>The mask of the process's first thread, as the runtime gives it to each thread that it makes.</summary>
    private static byte[] ReadProcessMask()
    {
        byte[] mask = new byte[MaskBytes];
        nint written;
        // SAFETY: the array is pinned for the call, and the kernel is told its length.
        fixed (byte* first = mask) written = Libc.syscall(Libc.SYS_sched_getaffinity, Libc.getpid(), mask.Length, (nint)first, 0);
        KvmException.ThrowIfFailed(written, "sched_getaffinity");
        return mask[..(int)written];
    }

    private static void ApplyToCurrentThread(byte[] mask)
    {
        nint result;
        // SAFETY: the array is pinned for the call, and the kernel is told its length.
        fixed (byte* first = mask) result = Libc.syscall(Libc.SYS_sched_setaffinity, 0, mask.Length, (nint)first, 0);
        KvmException.ThrowIfFailed(result, "sched_setaffinity");
    }
}
