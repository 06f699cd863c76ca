using System.Buffers.Binary;
using System.Numerics;
using KvmPS.Core.Block;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>The configuration space of a block device: struct virtio_blk_config [virtio-1.2 §5.2.4]. Not synchronized: the transport's lock guards it.</summary>
internal sealed class BlockConfig
{
    private const int Capacity = 0;
    private const int SizeMax = 8;
    private const int SegMax = 12;
    private const int BlkSize = 20;
    private const int PhysicalBlockExponent = 24;
    private const int MinIoSize = 26;
    private const int WriteBackOffset = 32;
    private const int NumQueues = 34;
    private const int MaxDiscardSectors = 36;
    private const int MaxDiscardSegments = 40;
    private const int DiscardSectorAlignment = 44;
    private const int MaxWriteZeroesSectors = 48;
    private const int MaxWriteZeroesSegments = 52;
    private const int WriteZeroesMayUnmap = 56;
    private const int Size = 60;

    private readonly byte[] _bytes = new byte[Size];

    /// <summary>What never changes.</summary>
    public BlockConfig(VirtioBlockOptions options, BlockLimits limits)
    {
        int blocks = limits.PhysicalBlockSize / limits.BlockSize; // at least one, both are powers of two
        Put32(SizeMax, options.MaxSegmentSize);
        Put32(SegMax, options.MaxSegments);
        Put32(BlkSize, (uint)limits.BlockSize);
        _bytes[PhysicalBlockExponent] = (byte)BitOperations.Log2((uint)Math.Max(1, blocks));
        Put16(MinIoSize, (ushort)Math.Clamp(blocks, 1, ushort.MaxValue));
        Put16(NumQueues, (ushort)options.QueueCount);
        Put32(MaxDiscardSectors, BlockRules.MaxRangeSectors);
        Put32(MaxDiscardSegments, BlockRules.MaxRanges);
        Put32(DiscardSectorAlignment, (uint)Math.Max(1, limits.DiscardGranularity / BlockRules.SectorSize));
        Put32(MaxWriteZeroesSectors, BlockRules.MaxRangeSectors);
        Put32(MaxWriteZeroesSegments, BlockRules.MaxRanges);
        _bytes[WriteZeroesMayUnmap] = 1;
    }

    /// <summary>Sets the size of the disk.</summary>
    public void SetCapacity(ulong sectors) => BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(Capacity), sectors);

    /// <summary>The guest reads. GUEST-CONTROLLED: what is past the end is zero.</summary>
    /// <param name="offset">From where on.</param>
    /// <param name="data">Filled.</param>
    /// <param name="writeBack">The field "writeback": whether a write may end before it is on stable storage.</param>
    public void Read(int offset, Span<byte> data, bool writeBack)
    {
        data.Clear();
        if (offset < 0 || offset >= Size) return;
        _bytes[WriteBackOffset] = writeBack ? (byte)1 : (byte)0;
        ReadOnlySpan<byte> rest = _bytes.AsSpan(offset);
        rest[..Math.Min(rest.Length, data.Length)].CopyTo(data);
    }

    /// <summary>What the guest writes into "writeback", which is all that it can write; null when it writes elsewhere.</summary>
    public static bool? WrittenWriteBack(int offset, ReadOnlySpan<byte> data) =>
        offset <= WriteBackOffset && WriteBackOffset - offset < data.Length ? data[WriteBackOffset - offset] != 0 : null;

    private void Put16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(offset), value);

    private void Put32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset), value);
}
