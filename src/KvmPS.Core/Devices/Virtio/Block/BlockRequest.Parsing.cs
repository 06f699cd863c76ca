using System.Runtime.InteropServices;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// How a request is read out of the driver's buffers: the first 16 bytes that the device reads are the header, the last byte that it writes is the
/// status, and the data are what lies between, wherever buffers begin and end [virtio-1.2 §2.7.4, §5.2.6].
/// </summary>
internal sealed partial class BlockRequest
{
    private const int HeaderSize = 16;

    /// <summary>Finds the place of the status. False when the driver left no room for one.</summary>
    public bool TryFindStatus()
    {
        if (Chain.WritableLength == 0) return false;
        ChainSegment last = Chain.Writable[^1];
        _statusAddress = new GuestAddress(last.Address.Value + last.Length - 1);
        return true;
    }

    /// <summary>Reads the request. <see cref="BlockStatus.Ok"/> when it can be carried out, else how it ends. GUEST-CONTROLLED: all of it.</summary>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="rules">What was agreed on.</param>
    /// <param name="capacity">The size of the disk, in sectors.</param>
    public BlockStatus Parse(GuestMemory memory, BlockRules rules, ulong capacity)
    {
        (Operation, Offset, Length, _rangeCount) = (DiskOperation.Other, 0, 0, 0);
        if (Chain.ReadableLength < HeaderSize) return BlockStatus.IOError;
        Header header = ReadReadable<Header>(memory, HeaderSize);
        return header.Type switch
        {
            BlockRequestType.Read => ParseTransfer(DiskOperation.Read, memory, rules, header.Sector, capacity),
            BlockRequestType.Write => ParseTransfer(DiskOperation.Write, memory, rules, header.Sector, capacity),
            BlockRequestType.Flush => ParseFlush(),
            BlockRequestType.GetId => ParseGetId(memory, rules),
            BlockRequestType.Discard when rules.Has(BlockFeature.Discard) => ParseRanges(DiskOperation.Discard, memory, rules, capacity, knownFlags: 0),
            BlockRequestType.WriteZeroes when rules.Has(BlockFeature.WriteZeroes) => ParseRanges(DiskOperation.WriteZeroes, memory, rules, capacity, BlockRange.Unmap),
            _ => BlockStatus.Unsupported,
        };
    }

    private BlockStatus ParseTransfer(DiskOperation operation, GuestMemory memory, BlockRules rules, ulong sector, ulong capacity)
    {
        bool read = operation == DiskOperation.Read;
        Operation = operation;
        if (!read && rules.IsReadOnly) return BlockStatus.IOError;
        if ((read ? Chain.ReadableLength != HeaderSize : Chain.WritableLength != 1) || !CollectData(memory, rules, read)) return BlockStatus.IOError;
        Length = Data.Length;
        if (Length % BlockRules.SectorSize != 0 || !IsInside(sector, (ulong)Length / BlockRules.SectorSize, capacity)) return BlockStatus.IOError;
        Offset = (long)sector * BlockRules.SectorSize;
        return BlockStatus.Ok;
    }

    private BlockStatus ParseGetId(GuestMemory memory, BlockRules rules)
    {
        if (!CollectData(memory, rules, read: true)) return BlockStatus.IOError;
        Length = Math.Min(Data.Length, VirtioBlockOptions.SerialLength);
        return BlockStatus.Ok;
    }

    private BlockStatus ParseFlush()
    {
        Operation = DiskOperation.Flush;
        return BlockStatus.Ok;
    }

    private BlockStatus ParseRanges(DiskOperation operation, GuestMemory memory, BlockRules rules, ulong capacity, uint knownFlags)
    {
        Operation = operation;
        uint bytes = Chain.ReadableLength - HeaderSize;
        if (rules.IsReadOnly || Chain.WritableLength != 1 || bytes == 0 || bytes % BlockRange.Size != 0 || bytes > BlockRules.MaxRanges * BlockRange.Size) return BlockStatus.IOError;
        if (_ranges.Length == 0) _ranges = new BlockRange[BlockRules.MaxRanges];
        _rangeCount = (int)bytes / BlockRange.Size;
        CopyReadable(memory, HeaderSize, MemoryMarshal.AsBytes(_ranges.AsSpan(0, _rangeCount)));

        // From here on only the copy is looked at. All ranges are checked before the first is touched.
        foreach (BlockRange range in Ranges)
        {
            if ((range.Flags & ~knownFlags) != 0) return BlockStatus.Unsupported;
            if (range.Sectors > BlockRules.MaxRangeSectors || !IsInside(range.Sector, range.Sectors, capacity)) return BlockStatus.IOError;
            Length += range.Length;
        }

        Offset = Ranges[0].Offset;
        return BlockStatus.Ok;
    }

    /// <summary>Whether a range lies on the disk, without adding what could overflow.</summary>
    private static bool IsInside(ulong sector, ulong sectors, ulong capacity) => sector <= capacity && sectors <= capacity - sector;

    /// <summary>Puts the data of a transfer into <see cref="Data"/>. False when the driver's limits are broken.</summary>
    private bool CollectData(GuestMemory memory, BlockRules rules, bool read)
    {
        uint skipped = read ? 0 : (uint)HeaderSize;
        uint left = read ? Chain.WritableLength - 1 : Chain.ReadableLength - HeaderSize;
        uint segments = 0;
        foreach (ChainSegment segment in read ? Chain.Writable : Chain.Readable)
        {
            if (left == 0) return true;
            uint skip = Math.Min(skipped, segment.Length);
            skipped -= skip;
            uint length = Math.Min(segment.Length - skip, left);
            if (length == 0) continue;
            if (length > rules.SegmentSizeInForce || ++segments > rules.SegmentsInForce) return false;
            if (!Data.TryAdd(memory, new GuestAddress(segment.Address.Value + skip), length)) return false;
            left -= length;
        }

        return true;
    }

    private T ReadReadable<T>(GuestMemory memory, int size) where T : unmanaged
    {
        ChainSegment first = Chain.Readable[0];
        if (first.Length >= size) return memory.Read<T>(first.Address);
        T value = default;
        CopyReadable(memory, 0, MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    /// <summary>Copies what the device reads, from a distance on, however it is split.</summary>
    private void CopyReadable(GuestMemory memory, uint offset, Span<byte> destination)
    {
        foreach (ChainSegment segment in Chain.Readable)
        {
            uint skip = Math.Min(offset, segment.Length);
            offset -= skip;
            int length = (int)Math.Min(segment.Length - skip, (uint)destination.Length);
            if (length == 0) continue;
            memory.Read(new GuestAddress(segment.Address.Value + skip), destination[..length]);
            destination = destination[length..];
        }
    }

    /// <summary>struct virtio_blk_req up to its data. A type that the driver made up stays a number without a name.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Header(BlockRequestType Type, uint Reserved, ulong Sector);
}
