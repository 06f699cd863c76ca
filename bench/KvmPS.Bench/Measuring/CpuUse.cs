using System.Runtime.InteropServices;

namespace KvmPS.Bench.Measuring;

/// <summary>CPU time of the host, in seconds.</summary>
/// <param name="User">In user mode, natively run guest code included.</param>
/// <param name="System">In the kernel, emulated guest code included.</param>
internal readonly record struct CpuUse(double User, double System)
{
    private const int Children = -1; // RUSAGE_CHILDREN

    /// <summary>Both.</summary>
    public double Total => User + System;

    /// <summary>What this process has used so far: all threads, those of the runtime too.</summary>
    public static CpuUse OfThisProcess()
    {
        Environment.ProcessCpuUsage usage = Environment.CpuUsage;
        return new CpuUse(usage.UserTime.TotalSeconds, usage.PrivilegedTime.TotalSeconds);
    }

    /// <summary>What its children have used that were waited for.</summary>
    public static CpuUse OfChildren() =>
        GetResourceUsage(Children, out ResourceUsage usage) == 0
            ? new CpuUse(usage.User.Value, usage.System.Value)
            : throw new InvalidOperationException($"getrusage: errno {Marshal.GetLastPInvokeError()}.");

    public static CpuUse operator -(CpuUse after, CpuUse before) => new(after.User - before.User, after.System - before.System);

    [DllImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static extern int GetResourceUsage(int who, out ResourceUsage usage);

    /// <summary><c>struct timeval</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeValue
    {
        private readonly long _seconds;
        private readonly long _microseconds;

        public readonly double Value => _seconds + (_microseconds / 1e6);
    }

    /// <summary><c>struct rusage</c>, of which only the first two members are of interest.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct ResourceUsage
    {
        public TimeValue User;
        public TimeValue System;
    }
}
