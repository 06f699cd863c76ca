namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>The limits that a disk tells its driver and holds it to.</summary>
/// <param name="Features">What driver and device agreed on.</param>
/// <param name="IsReadOnly">Whether writes are refused.</param>
/// <param name="MaxSegments">The most buffers of data, when <see cref="BlockFeature.SegMax"/> was agreed on.</param>
/// <param name="MaxSegmentSize">The longest, in bytes, when <see cref="BlockFeature.SizeMax"/> was agreed on.</param>
internal sealed record BlockRules(ulong Features, bool IsReadOnly, uint MaxSegments, uint MaxSegmentSize)
{
    /// <summary>Bytes of a sector, the unit of the protocol whatever the disk's block size is.</summary>
    public const int SectorSize = 512;

    /// <summary>The most ranges of a DISCARD or WRITE_ZEROES request.</summary>
    public const int MaxRanges = 64;

    /// <summary>The most sectors of each: 2 GiB, so that one request does not keep a worker for long.</summary>
    public const uint MaxRangeSectors = 1u << 22;

    /// <summary>The most buffers of data that are taken.</summary>
    public uint SegmentsInForce { get; } = (Features & BlockFeature.SegMax) != 0 ? MaxSegments : uint.MaxValue;

    /// <summary>The longest buffer that is taken.</summary>
    public uint SegmentSizeInForce { get; } = (Features & BlockFeature.SizeMax) != 0 ? MaxSegmentSize : uint.MaxValue;

    /// <summary>Whether all bits of a mask were agreed on.</summary>
    public bool Has(ulong features) => (Features & features) == features;
}
