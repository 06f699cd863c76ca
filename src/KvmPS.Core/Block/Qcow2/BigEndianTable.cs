using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>A table of 64-bit numbers as the file has it, with the range that has changed since it was written.</summary>
/// <remarks>Readers see whole entries: each is one aligned store.</remarks>
internal sealed class BigEndianTable(int count)
{
    private readonly ulong[] _entries = new ulong[count];
    private int _dirtyFrom = int.MaxValue;
    private int _dirtyTo;

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Length;

    /// <summary>Whether entries have changed.</summary>
    public bool IsDirty => _dirtyTo != 0;

    /// <summary>An entry.</summary>
    public ulong this[int index]
    {
        get => BinaryPrimitives.ReverseEndianness(Volatile.Read(ref _entries[index]));
        set
        {
            Volatile.Write(ref _entries[index], BinaryPrimitives.ReverseEndianness(value));
            _dirtyFrom = Math.Min(_dirtyFrom, index);
            _dirtyTo = Math.Max(_dirtyTo, index + 1);
        }
    }

    /// <summary>Reads all entries.</summary>
    public void Load(IImageFile file, long offset) => file.Read(offset, MemoryMarshal.AsBytes(_entries.AsSpan()));

    /// <summary>Takes over another table's first entries.</summary>
    public void CopyFrom(BigEndianTable other)
    {
        int common = Math.Min(Count, other.Count);
        other._entries.AsSpan(0, common).CopyTo(_entries);
    }

    /// <summary>Writes all entries.</summary>
    public void Store(IImageFile file, long offset) => file.Write(offset, MemoryMarshal.AsBytes(_entries.AsSpan()));

    /// <summary>Writes the sectors that have changed entries. They stay marked until <see cref="MarkClean"/>: a write is not on stable storage yet.</summary>
    public void StoreChanges(IImageFile file, long offset)
    {
        if (!IsDirty) return;
        const int InSector = ClusterGeometry.SectorSize / sizeof(ulong);
        int from = _dirtyFrom & ~(InSector - 1);
        int to = Math.Min(Count, (_dirtyTo + InSector - 1) & ~(InSector - 1));
        file.Write(offset + (from * sizeof(ulong)), MemoryMarshal.AsBytes(_entries.AsSpan(from, to - from)));
    }

    /// <summary>Notes that everything is on stable storage.</summary>
    public void MarkClean() => (_dirtyFrom, _dirtyTo) = (int.MaxValue, 0);

    /// <summary>The index of the first entry from one on that is not zero; <see cref="Count"/> when all are.</summary>
    public int NextSet(int index)
    {
        int found = _entries.AsSpan(index).IndexOfAnyExcept(0UL);
        return found < 0 ? Count : index + found;
    }
}
