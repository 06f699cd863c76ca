using KvmPS.Native;

namespace KvmPS.Stress;

/// <summary>
/// What this process holds from the kernel. The runtime opens pipes, mappings and threads as it likes, so only those are counted that can be ours.
/// </summary>
/// <param name="Descriptors">Open descriptors by the module's own count.</param>
/// <param name="Mappings">Live mappings by the module's own count.</param>
/// <param name="VcpuThreads">vCPU threads by the module's own count.</param>
/// <param name="OpenFiles">Files, devices and KVM's objects in <c>/proc/self/fd</c>, without the code that the runtime loads when it is first used.</param>
/// <param name="KvmMappings">Mappings of vCPUs in <c>/proc/self/maps</c>.</param>
/// <param name="KvmThreads">Threads in <c>/proc/self/task</c> that still have a vCPU's name, those left out that wait a moment for the next vCPU.</param>
internal sealed record ProcessHoldings(int Descriptors, int Mappings, int VcpuThreads, int OpenFiles, int KvmMappings, int KvmThreads)
{
    private const string KvmObject = "anon_inode:kvm";
    private const string VcpuThreadPrefix = "kvm-";
    private static readonly TimeSpan LentThreadPatience = TimeSpan.FromSeconds(2); // a thread waits a second for the next vCPU

    /// <summary>What is held when what others left to the garbage collector is gone, and the threads that waited for work.</summary>
    public static ProcessHoldings Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long patience = Environment.TickCount64 + (long)LentThreadPatience.TotalMilliseconds;
        while (CountThreads() > 0 && Environment.TickCount64 < patience) Thread.Sleep(50);
        return new ProcessHoldings(
            NativeResources.Descriptors,
            NativeResources.Mappings,
            NativeResources.VcpuThreads,
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsOurs),
            File.ReadLines("/proc/self/maps").Count(static line => line.Contains(KvmObject, StringComparison.Ordinal)),
            CountThreads());
    }

    /// <summary>Bytes of physical memory, of whatever kind.</summary>
    public static long ResidentBytes()
    {
        const int residentPages = 1;
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[residentPages], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }

    private static bool IsOurs(string link) =>
        new FileInfo(link).LinkTarget is { } target
        && (target.StartsWith(KvmObject, StringComparison.Ordinal) || (target.StartsWith('/') && Path.GetExtension(target) is not (".dll" or ".so")));

    private static int CountThreads() => Directory.EnumerateDirectories("/proc/self/task").Count(IsVcpuThread);

    private static bool IsVcpuThread(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).StartsWith(VcpuThreadPrefix, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended meanwhile
        }
    }
}
