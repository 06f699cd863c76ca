namespace KvmPS.Native;

/// <summary>What a <see cref="VcpuThread"/> asks of its machine. All calls come on the vCPU's thread.</summary>
public interface IVcpuHandler
{
    /// <summary>Handles one exit; the hot path. False ends the vCPU.</summary>
    bool OnExit(VcpuExit exit);

    /// <summary>The last call of the thread: the vCPU has ended, by its own exit, by a stop, or by an exception that must not go further.</summary>
    /// <param name="thread">The thread that ends. No vCPU call is served any more.</param>
    /// <param name="failure">The exception that ended it, or null.</param>
    void OnEnded(VcpuThread thread, Exception? failure);
}
