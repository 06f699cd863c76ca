using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>Kernel facts about threads: their number, and the CPU time they used.</summary>
internal static unsafe class ThreadClock
{
    private const int CpuClockPerThread = 4;
    private const int CpuClockScheduler = 2;

    /// <summary>The kernel's number of the calling thread.</summary>
    public static int CurrentThreadId() => (int)Libc.syscall(Libc.SYS_gettid, 0, 0, 0, 0);

    /// <summary>CPU time of a live thread of this process, user and system (in the guest too); zero when it has ended.</summary>
    public static TimeSpan CpuTime(int threadId)
    {
        // The kernel's encoding of a per-thread CPU clock (CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED, linux/posix-timers_types.h).
        int clock = (~threadId << 3) | CpuClockPerThread | CpuClockScheduler;
        timespec time;
        // SAFETY: the kernel writes one timespec to the stack.
        return Libc.clock_gettime(clock, &time) == 0
            ? new TimeSpan((time.tv_sec * TimeSpan.TicksPerSecond) + (time.tv_nsec / TimeSpan.NanosecondsPerTick))
            : TimeSpan.Zero;
    }
}
