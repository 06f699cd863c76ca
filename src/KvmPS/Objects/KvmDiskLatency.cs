using KvmPS.Core.Devices.Virtio.Block;

namespace KvmPS;

/// <summary>How long the requests of one kind took on a disk, from when the device took them to when the guest had them back.</summary>
public sealed class KvmDiskLatency
{
    internal KvmDiskLatency(OperationStatistics? statistics)
    {
        if (statistics is null || statistics.Count == 0) return;
        Count = statistics.Count;
        Average = statistics.TotalTime / statistics.Count;
        Median = statistics.Latency.Percentile(50);
        Percentile95 = statistics.Latency.Percentile(95);
        Percentile99 = statistics.Latency.Percentile(99);
        Maximum = statistics.Latency.Percentile(100);
        Histogram = [.. statistics.Latency.Buckets];
    }

    /// <summary>How many there were.</summary>
    public long Count { get; }

    /// <summary>The mean.</summary>
    public TimeSpan Average { get; }

    /// <summary>Half of them took no longer, as far as the histogram tells; so for the other shares.</summary>
    public TimeSpan Median { get; }

    /// <summary>95 of 100 took no longer.</summary>
    public TimeSpan Percentile95 { get; }

    /// <summary>99 of 100 took no longer.</summary>
    public TimeSpan Percentile99 { get; }

    /// <summary>The end of the last bucket in use.</summary>
    public TimeSpan Maximum { get; }

    /// <summary>How many took 2^n to 2^(n+1) nanoseconds, for each n from 0; empty when there were none.</summary>
    public long[] Histogram { get; } = [];

    /// <summary>The median, in microseconds.</summary>
    public override string ToString() => $"{Median.TotalMicroseconds:0.#} us";
}
