using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>What the vCPUs of one run have done so far.</summary>
/// <param name="ExitsByReason">Exits to the host, by reason; reasons that never came are left out.</param>
/// <param name="CpuTime">CPU time of all vCPU threads, in the guest and for it.</param>
/// <param name="UnclaimedAccesses">Accesses to ports and addresses where nothing is.</param>
public sealed record RunStatistics(IReadOnlyDictionary<VcpuExitReason, long> ExitsByReason, TimeSpan CpuTime, long UnclaimedAccesses)
{
    /// <summary>Nothing done.</summary>
    public static RunStatistics None { get; } = new(new Dictionary<VcpuExitReason, long>(), TimeSpan.Zero, 0);

    /// <summary>Exits to the host for any reason.</summary>
    public long Exits => ExitsByReason.Values.Sum();

    /// <summary>A sample of running or ended vCPUs.</summary>
    internal static RunStatistics Of(IReadOnlyList<VcpuThread> vcpus, Bus ports, Bus mmio)
    {
        var exits = new SortedDictionary<VcpuExitReason, long>();
        TimeSpan cpu = TimeSpan.Zero;
        foreach (VcpuThread vcpu in vcpus)
        {
            cpu += vcpu.CpuTime;
            foreach (VcpuExitReason reason in Enum.GetValues<VcpuExitReason>())
            {
                long count = vcpu.ExitsFor(reason);
                if (count > 0) exits[reason] = exits.GetValueOrDefault(reason) + count;
            }
        }

        return new RunStatistics(exits, cpu, ports.UnclaimedReads + ports.UnclaimedWrites + mmio.UnclaimedReads + mmio.UnclaimedWrites);
    }
}
