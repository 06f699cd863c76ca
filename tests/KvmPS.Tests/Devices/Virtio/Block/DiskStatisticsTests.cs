using System.Diagnostics;
using KvmPS.Core.Devices.Virtio.Block;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio.Block;

public class DiskStatisticsTests
{
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(1023, 9)]
    [InlineData(1024, 10)]
    [InlineData(long.MaxValue, 40)]
    public void Times_are_counted_by_their_highest_bit(long nanoseconds, int bucket) => Assert.Equal(bucket, LatencyHistogram.BucketOf(nanoseconds));

    [Fact]
    public void Percentiles_lie_in_the_bucket_that_holds_them()
    {
        long[] buckets = new long[LatencyHistogram.BucketCount];
        (buckets[10], buckets[20]) = (900, 100); // 1.0 to 2.0 us; 1.0 to 2.1 ms
        var histogram = new LatencyHistogram(buckets);
        Assert.Equal(1000, histogram.Count);
        Assert.InRange(histogram.Percentile(50).TotalMicroseconds, 1, 2.1);
        Assert.InRange(histogram.Percentile(90).TotalMicroseconds, 2, 2.1);
        Assert.InRange(histogram.Percentile(95).TotalMilliseconds, 1.5, 1.6);
        Assert.InRange(histogram.Percentile(100).TotalMilliseconds, 2, 2.1);
        Assert.Equal(histogram.Percentile(0), TimeSpan.FromTicks(10));
        Assert.Equal(TimeSpan.Zero, new LatencyHistogram(new long[LatencyHistogram.BucketCount]).Percentile(99));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(100.1));
    }

    [Fact]
    public void Counts_add_up()
    {
        DiskCounters ring = new();
        DiskCounters workers = new();
        for (int i = 0; i < 5; i++) ring.CountTaken();
        ring.CountDoorbells(7);
        workers.CountInterrupt();
        workers.CountEnded(DiskOperation.Write, 4096, Stopwatch.Frequency, failed: false);
        workers.CountEnded(DiskOperation.Flush, 0, 1, failed: true);
        workers.CountDropped();
        ring.CountEnded(DiskOperation.Read, 512, 1, failed: false, taken: true);
        DiskStatistics sum = DiskCounters.Sum([workers, ring]);
        Assert.Equal((2, 7, 1, 3, 1), (sum.InFlight, sum.Doorbells, sum.Interrupts, sum.Requests, sum.Errors));
        Assert.Equal((4096, 1, TimeSpan.FromSeconds(1)), (sum.Writes.Bytes, sum.Writes.Count, sum.Writes.TotalTime));
        Assert.Equal((1, 1), (sum.Flushes.Count, sum.Flushes.Errors));
        Assert.Equal((512, 0), (sum.Reads.Bytes, sum.Reads.Errors));
    }

    [Fact]
    public async Task Snapshot_is_of_one_moment()
    {
        var counters = new DiskCounters();
        using var end = new CancellationTokenSource();
        Task writer = Task.Run(
            () =>
            {
                while (!end.IsCancellationRequested) counters.CountEnded(DiskOperation.Read, 512, 1, failed: true, taken: true);
            },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < 20_000; i++)
        {
            DiskStatistics seen = DiskCounters.Sum([counters]);
            Assert.Equal((512 * seen.Reads.Count, seen.Reads.Count, 0), (seen.Reads.Bytes, seen.Reads.Errors, seen.InFlight));
        }

        await end.CancelAsync();
        await writer;
        Assert.True(counters is not null && DiskCounters.Sum([counters]).Requests > 0);
    }
}
