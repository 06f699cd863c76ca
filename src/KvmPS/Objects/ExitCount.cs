using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>Exits by reason, as people read them.</summary>
internal static class ExitCount
{
    /// <summary>The counts under the names of the reasons, in alphabetical order.</summary>
    public static IReadOnlyDictionary<string, long> ByName(RunStatistics statistics)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        foreach ((KvmPS.Native.VcpuExitReason reason, long count) in statistics.ExitsByReason) counts.Add(reason.ToString(), count);
        return counts;
    }

    /// <summary>What came between two samples of one machine, the later one second.</summary>
    public static IReadOnlyDictionary<string, long> Between(RunStatistics from, RunStatistics to)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        foreach ((KvmPS.Native.VcpuExitReason reason, long count) in to.ExitsByReason)
        {
            long more = count - from.ExitsByReason.GetValueOrDefault(reason);
            if (more > 0) counts.Add(reason.ToString(), more);
        }

        return counts;
    }
}
