using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// One request on its way: the driver's buffers, and what was read out of them, once. Made to be used again and again, so that a request allocates
/// nothing; it belongs to one thread at a time.
/// </summary>
/// <param name="owner">The queue that it comes from.</param>
internal sealed partial class BlockRequest(BlockQueue owner) : IDisposable
{
    private BlockRange[] _ranges = [];
    private int _rangeCount;
    private GuestAddress _statusAddress;

    /// <summary>The queue that it comes from.</summary>
    public BlockQueue Owner => owner;

    /// <summary>The driver's buffers.</summary>
    public DescriptorChain Chain { get; } = new();

    /// <summary>What is read into or written from; empty for the other operations.</summary>
    public IoVector Data { get; } = new();

    /// <summary>What is to be done.</summary>
    public DiskOperation Operation { get; private set; }

    /// <summary>Where, in bytes.</summary>
    public long Offset { get; private set; }

    /// <summary>How much, in bytes: the data, or the sum of the ranges.</summary>
    public long Length { get; private set; }

    /// <summary>The ranges of a discard or write of zeroes, within the disk.</summary>
    public ReadOnlySpan<BlockRange> Ranges => _ranges.AsSpan(0, _rangeCount);

    /// <summary>When the device took it, in the units of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long TakenAt { get; set; }

    /// <summary>Writes the status, which is the last that the driver's buffers get. Returns how many bytes were written from the first writable one on.</summary>
    public uint WriteStatus(GuestMemory memory, BlockStatus status)
    {
        memory.Write(_statusAddress, (byte)status);

        // Only what is written without a gap is claimed: less than was written is allowed, and nobody takes old bytes for new [virtio-1.2 §2.7.8].
        uint data = status == BlockStatus.Ok && Operation is DiskOperation.Read or DiskOperation.Other ? (uint)Length : 0;
        return data == Chain.WritableLength - 1 ? Chain.WritableLength : data;
    }

    /// <summary>Lets go of the driver's buffers.</summary>
    public void Clear() => Data.Clear();

    /// <summary>Lets go of the driver's buffers for good.</summary>
    public void Dispose() => Data.Dispose();
}
