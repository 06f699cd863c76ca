namespace KvmPS.Native;

/// <summary>A call to a vCPU that no longer runs.</summary>
public sealed class VcpuEndedException : Exception
{
    internal VcpuEndedException(int index)
        : base($"vCPU {index} has ended.")
    {
    }
}
