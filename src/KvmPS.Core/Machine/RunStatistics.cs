using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>What the vCPUs have done since power-on.</summary>
/// <param name="ExitsByReason">Exits to the host, by reason; reasons that never came are left out.</param>
/// <param name="CpuTime">CPU time of all vCPU threads, in the guest and for it.</param>
/// <param name="UnclaimedAccesses">Accesses to ports and addresses where nothing is.</param>
public sealed record RunStatistics(IReadOnlyDictionary<VcpuExitReason, long> ExitsByReason, TimeSpan CpuTime, long UnclaimedAccesses)
{
    private static readonly VcpuExitReason[] Reasons = Enum.GetValues<VcpuExitReason>();

    /// <summary>Nothing done.</summary>
    public static RunStatistics None { get; } = new(new Dictionary<VcpuExitReason, long>(), TimeSpan.Zero, 0);

    /// <summary>Exits to the host for any reason.</summary>
    public long Exits => ExitsByReason.Values.Sum();

    /// <summary>The sum of two runs.</summary>
    public static RunStatistics operator +(RunStatistics a, RunStatistics b)
    {
        if (a.ExitsByReason.Count == 0) return b with { CpuTime = a.CpuTime + b.CpuTime, UnclaimedAccesses = a.UnclaimedAccesses + b.UnclaimedAccesses };
        var exits = new Dictionary<VcpuExitReason, long>();
        foreach (VcpuExitReason reason in Reasons)
        {
            long count = a.ExitsByReason.GetValueOrDefault(reason) + b.ExitsByReason.GetValueOrDefault(reason);
            if (count > 0) exits.Add(reason, count);
        }

        return new RunStatistics(exits, a.CpuTime + b.CpuTime, a.UnclaimedAccesses + b.UnclaimedAccesses);
    }

    /// <summary>A sample of running or ended vCPUs.</summary>
    internal static RunStatistics Of(IReadOnlyList<VcpuThread> vcpus, Bus ports, Bus mmio)
    {
        // In the order of the reasons without a sorted collection, whose code would be compiled anew in every process.
        var exits = new Dictionary<VcpuExitReason, long>();
        foreach (VcpuExitReason reason in Reasons)
        {
            long count = 0;
            foreach (VcpuThread vcpu in vcpus) count += vcpu.ExitsFor(reason);
            if (count > 0) exits.Add(reason, count);
        }

        TimeSpan cpu = TimeSpan.Zero;
        foreach (VcpuThread vcpu in vcpus) cpu += vcpu.CpuTime;
        return new RunStatistics(exits, cpu, ports.UnclaimedReads + ports.UnclaimedWrites + mmio.UnclaimedReads + mmio.UnclaimedWrites);
    }
}
