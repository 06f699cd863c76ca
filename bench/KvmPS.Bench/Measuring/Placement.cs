using System.Diagnostics;

namespace KvmPS.Bench.Measuring;

/// <summary>
/// Keeps the main thread on the first CPU, as a pinned vCPU, and the threads that it starts on the others. Two threads that only wake each other stay on one CPU
/// of a host that is itself a virtual machine: its scheduler takes a halted CPU for one that is not there.
/// </summary>
/// <remarks>On Linux a process's affinity is that of its main thread, and what that starts inherits it. With one CPU, or for more busy threads than CPUs, nothing is done.</remarks>
internal static class Placement
{
    private const nint First = 1;

    /// <summary>Runs what starts threads that are to leave the first CPU alone.</summary>
    public static void Elsewhere(bool possible, Action start) => On(All & ~First, possible, () => { start(); return true; });

    /// <summary>Runs the main thread's own part on the first CPU.</summary>
    public static T Here<T>(bool possible, Func<T> run) => On(First, possible, run);

    private static nint All { get; } = GetMask();

    private static T On<T>(nint mask, bool possible, Func<T> action)
    {
        if (!possible || mask == 0 || All == First || !OperatingSystem.IsLinux()) return action();
        using Process self = Process.GetCurrentProcess();
        self.ProcessorAffinity = mask;
        try
        {
            return action();
        }
        finally
        {
            self.ProcessorAffinity = All;
        }
    }

    private static nint GetMask()
    {
        if (!OperatingSystem.IsLinux()) return First;
        using Process self = Process.GetCurrentProcess();
        return self.ProcessorAffinity;
    }
}
