namespace KvmPS.Native;

/// <summary>Live counts of what the module holds from the kernel; tests compare them before and after.</summary>
public static class NativeResources
{
    private static int _descriptors;
    private static int _mappings;
    private static int _vcpuThreads;

    /// <summary>Open file descriptors.</summary>
    public static int Descriptors => Volatile.Read(ref _descriptors);

    /// <summary>Live memory mappings.</summary>
    public static int Mappings => Volatile.Read(ref _mappings);

    /// <summary>vCPU threads that have not ended.</summary>
    public static int VcpuThreads => Volatile.Read(ref _vcpuThreads);

    internal static void DescriptorOpened() => Interlocked.Increment(ref _descriptors);

    internal static void DescriptorClosed() => Interlocked.Decrement(ref _descriptors);

    internal static void MappingOpened() => Interlocked.Increment(ref _mappings);

    internal static void MappingClosed() => Interlocked.Decrement(ref _mappings);

    internal static void VcpuThreadStarted() => Interlocked.Increment(ref _vcpuThreads);

    internal static void VcpuThreadEnded() => Interlocked.Decrement(ref _vcpuThreads);
}
