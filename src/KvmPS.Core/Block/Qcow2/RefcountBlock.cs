using System.Buffers.Binary;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>One block of refcounts of any width [qcow2 §Host cluster management].</summary>
internal sealed class RefcountBlock(long index, long offset, ClusterGeometry geometry)
{
    private readonly byte[] _bytes = new byte[geometry.ClusterSize];
    private int _dirtyFrom = int.MaxValue;
    private int _dirtyTo;

    /// <summary>Which entry of the refcount table points to it.</summary>
    public long Index { get; } = index;

    /// <summary>Where it lies in the file.</summary>
    public long Offset { get; } = offset;

    /// <summary>Whether counts have changed since it was put on stable storage.</summary>
    public bool IsDirty => _dirtyTo != 0;

    /// <summary>A refcount.</summary>
    public ulong this[int index]
    {
        get => geometry.RefcountOrder switch
        {
            6 => BinaryPrimitives.ReadUInt64BigEndian(_bytes.AsSpan(index * 8)),
            5 => BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(index * 4)),
            4 => BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(index * 2)),
            3 => _bytes[index],
            _ => (ulong)(_bytes[ByteOf(index)] >> ShiftOf(index)) & geometry.MostReferences,
        };
        set
        {
            switch (geometry.RefcountOrder)
            {
                case 6: BinaryPrimitives.WriteUInt64BigEndian(_bytes.AsSpan(index * 8), value); break;
                case 5: BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(index * 4), (uint)value); break;
                case 4: BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(index * 2), (ushort)value); break;
                case 3: _bytes[index] = (byte)value; break;
                default:
                    ref byte cell = ref _bytes[ByteOf(index)];
                    cell = (byte)((cell & ~((int)geometry.MostReferences << ShiftOf(index))) | ((int)value << ShiftOf(index)));
                    break;
            }

            int place = ByteOf(index);
            _dirtyFrom = Math.Min(_dirtyFrom, place & -ClusterGeometry.SectorSize);
            _dirtyTo = Math.Max(_dirtyTo, (place & -ClusterGeometry.SectorSize) + ClusterGeometry.SectorSize);
        }
    }

    /// <summary>Whether it counts nothing.</summary>
    public bool IsEmpty => !_bytes.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Reads it.</summary>
    public void Load(IImageFile file) => file.Read(Offset, _bytes);

    /// <summary>Marks all of it as changed: the file has no such block yet.</summary>
    public void MarkNew() => (_dirtyFrom, _dirtyTo) = (0, _bytes.Length);

    /// <summary>Writes the sectors that have changed.</summary>
    public void StoreChanges(IImageFile file)
    {
        if (IsDirty) file.Write(Offset + _dirtyFrom, _bytes.AsSpan(_dirtyFrom, _dirtyTo - _dirtyFrom));
    }

    /// <summary>Notes that everything is on stable storage.</summary>
    public void MarkClean() => (_dirtyFrom, _dirtyTo) = (int.MaxValue, 0);

    private int ByteOf(int index) => (int)((long)index << geometry.RefcountOrder >> 3);

    private int ShiftOf(int index) => (index << geometry.RefcountOrder) & 7;
}
