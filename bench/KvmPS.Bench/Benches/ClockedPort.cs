using System.Diagnostics;
using KvmPS.Core.Devices;

namespace KvmPS.Bench.Benches;

/// <summary>A port that takes the time, and what its thread allocates, from the first of a number of writes to the last.</summary>
internal sealed class ClockedPort(int writes) : IBusDevice
{
    private int _count;
    private byte _last;
    private long _start;
    private long _end;
    private long _allocatedBefore;
    private long _allocatedAfter;

    /// <inheritdoc/>
    public string Name => "clock";

    /// <summary>From one write to the next.</summary>
    public double NanosecondsPerWrite => _count == writes && _last != 0
        ? Stopwatch.GetElapsedTime(_start, _end).TotalNanoseconds / (writes - 1)
        : throw new InvalidOperationException($"The device saw {_count} of {writes} writes.");

    /// <summary>What the vCPU's thread allocated meanwhile.</summary>
    public long BytesAllocated => _allocatedAfter - _allocatedBefore;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => data.Fill(0xFF);

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        _last = data[0];
        if (++_count == 1)
        {
            _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            _start = Stopwatch.GetTimestamp();
        }
        else if (_count == writes)
        {
            _end = Stopwatch.GetTimestamp();
            _allocatedAfter = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    /// <inheritdoc/>
    public void Reset() => _count = 0;
}
