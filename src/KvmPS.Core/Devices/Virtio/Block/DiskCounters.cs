using System.Diagnostics;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// Counters that one thread at a time adds to without locks or interlocked operations, a few nanoseconds a request, and any other reads as
/// they were at one moment.
/// </summary>
/// <remarks>
/// A sequence lock: the version is odd while counters are added to, and a reader that saw an odd one, or two different ones around its copy, takes another.
/// </remarks>
internal sealed class DiskCounters
{
    private const int Taken = 0;
    private const int Doorbells = 1;
    private const int Interrupts = 2;
    private const int FirstOperation = 3;
    private const int Bytes = 0; // of an operation, and so on
    private const int Errors = 1;
    private const int Time = 2;
    private const int FirstBucket = 3;
    private const int CellsOfOperation = FirstBucket + LatencyHistogram.BucketCount;
    private const int Operations = (int)DiskOperation.Other + 1;
    private const int CellCount = FirstOperation + (Operations * CellsOfOperation);

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly long[] _cells = new long[CellCount];
    private int _version;

    /// <summary>Counts a request that the device has taken.</summary>
    public void CountTaken() => Add(Taken, 1);

    /// <summary>Counts a request that was taken, and that nobody waits for any more.</summary>
    public void CountDropped() => Add(Taken, -1);

    /// <summary>Counts doorbells.</summary>
    public void CountDoorbells(long count) => Add(Doorbells, count);

    /// <summary>Counts an interrupt.</summary>
    public void CountInterrupt() => Add(Interrupts, 1);

    /// <summary>Counts a request that ended.</summary>
    /// <param name="operation">What it was.</param>
    /// <param name="bytes">How much it moved; 0 when it failed.</param>
    /// <param name="ticks">How long it took, in the units of <see cref="Stopwatch"/>.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="taken">Whether it was not counted as taken before.</param>
    public void CountEnded(DiskOperation operation, long bytes, long ticks, bool failed, bool taken = false)
    {
        long nanoseconds = (long)(ticks * NanosecondsPerTick);
        Span<long> cells = _cells.AsSpan(FirstOperation + ((int)operation * CellsOfOperation), CellsOfOperation);
        BeginChange();
        if (taken) _cells[Taken]++;
        cells[Bytes] += bytes;
        if (failed) cells[Errors]++;
        cells[Time] += nanoseconds;
        cells[FirstBucket + LatencyHistogram.BucketOf(nanoseconds)]++;
        EndChange();
    }

    /// <summary>The sum of several counters, each as it was at one moment.</summary>
    /// <param name="parts">
    /// Those that count what others have counted as taken come first: so no request is seen to end that was not seen to be taken.
    /// </param>
    public static DiskStatistics Sum(IEnumerable<DiskCounters> parts)
    {
        long[] sum = new long[CellCount];
        long[] copy = new long[CellCount];
        foreach (DiskCounters part in parts)
        {
            part.CopyTo(copy);
            for (int i = 0; i < CellCount; i++) sum[i] += copy[i];
        }

        OperationStatistics[] operations = [.. Enumerable.Range(0, Operations).Select(operation => Read(sum.AsSpan(FirstOperation + (operation * CellsOfOperation), CellsOfOperation)))];
        long inFlight = sum[Taken] - operations.Sum(static operation => operation.Count);
        return new DiskStatistics(operations[0], operations[1], operations[2], operations[3], operations[4], operations[5], inFlight, sum[Doorbells], sum[Interrupts]);
    }

    private static OperationStatistics Read(ReadOnlySpan<long> cells) =>
        new(cells[Bytes], cells[Errors], TimeSpan.FromTicks(cells[Time] / TimeSpan.NanosecondsPerTick), new LatencyHistogram(cells[FirstBucket..]));

    private void Add(int cell, long count)
    {
        BeginChange();
        _cells[cell] += count;
        EndChange();
    }

    private void BeginChange()
    {
        _version++;
        Volatile.WriteBarrier(); // the odd version before the first change
    }

    private void EndChange() => Volatile.Write(ref _version, _version + 1);

    private void CopyTo(long[] copy)
    {
        var spin = default(SpinWait);
        while (true)
        {
            int before = Volatile.Read(ref _version);
            if ((before & 1) == 0)
            {
                _cells.CopyTo(copy, 0);
                Volatile.ReadBarrier(); // the copy before the second look
                if (_version == before) return;
            }

            spin.SpinOnce();
        }
    }
}
