using KvmPS.Native;

namespace KvmPS.Tests.Native;

/// <summary>What the process holds from the kernel at one moment, after whatever is garbage has been given back.</summary>
internal readonly record struct NativeCounts(int Descriptors, int Mappings, int VcpuThreads)
{
    public static NativeCounts Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new NativeCounts(NativeResources.Descriptors, NativeResources.Mappings, NativeResources.VcpuThreads);
    }
}
