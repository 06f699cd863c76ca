using System.Numerics;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>How long requests took, from when the device took them to when the driver had them back. Counts in buckets that double.</summary>
public sealed class LatencyHistogram
{
    /// <summary>How many buckets there are: bucket n counts from 2^n up to 2^(n+1) nanoseconds, the last one all that is longer (18 minutes).</summary>
    public const int BucketCount = 41;

    private readonly long[] _buckets;

    internal LatencyHistogram(ReadOnlySpan<long> buckets)
    {
        _buckets = buckets.ToArray();
        foreach (long count in _buckets) Count += count;
    }

    /// <summary>The counts.</summary>
    public IReadOnlyList<long> Buckets => _buckets;

    /// <summary>Their sum.</summary>
    public long Count { get; }

    /// <summary>The time within which a share of the requests ended, as far as buckets tell; zero when there were none.</summary>
    /// <param name="percent">From 0 to 100.</param>
    public TimeSpan Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        double rank = Count * percent / 100;
        double below = 0;
        for (int bucket = 0; bucket < BucketCount; bucket++)
        {
            long count = _buckets[bucket];
            if (count == 0 || below + count < rank)
            {
                below += count;
                continue;
            }

            double start = bucket == 0 ? 0 : 1L << bucket;
            double width = (2L << bucket) - start;
            double nanoseconds = start + (width * Math.Clamp((rank - below) / count, 0, 1)); // as if they lay evenly in their bucket
            return TimeSpan.FromTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick));
        }

        return TimeSpan.Zero;
    }

    /// <summary>Where a time is counted.</summary>
    internal static int BucketOf(long nanoseconds) => Math.Min(BitOperations.Log2((ulong)Math.Max(1, nanoseconds)), BucketCount - 1);
}
