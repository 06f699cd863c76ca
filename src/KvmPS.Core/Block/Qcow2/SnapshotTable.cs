using System.Buffers.Binary;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Where the L1 table of an internal snapshot lies. FILE-CONTROLLED, and checked to be in the file.</summary>
internal readonly record struct SnapshotL1(long Offset, int Entries);

/// <summary>The internal snapshots of an image [qcow2 §Snapshots]. They are kept as they are: what they share with the disk is never overwritten.</summary>
internal sealed class SnapshotTable
{
    private const int EntryHeader = 40;
    private const long MostBytes = 64 << 20; // QEMU's limit

    private SnapshotTable(long length, List<SnapshotL1> snapshots) => (Length, Snapshots) = (length, snapshots);

    /// <summary>Bytes of the table.</summary>
    public long Length { get; }

    /// <summary>Their L1 tables.</summary>
    public IReadOnlyList<SnapshotL1> Snapshots { get; }

    /// <summary>Reads the table.</summary>
    /// <exception cref="ImageCorruptException">It is not all in the file, or an L1 table is not.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SnapshotTable Read(ImageSpace space)
    {
        Qcow2Header header = space.Header;
        var snapshots = new List<SnapshotL1>();
        if (header.SnapshotCount == 0) return new SnapshotTable(0, snapshots);
        long start = space.Checked(header.SnapshotsOffset, "the snapshot table");
        long length = 0;
        Span<byte> entry = stackalloc byte[EntryHeader];
        for (int i = 0; i < header.SnapshotCount; i++)
        {
            space.Checked(start, length + EntryHeader, "the snapshot table");
            space.File.Read(start + length, entry);
            long offset = BinaryPrimitives.ReadInt64BigEndian(entry);
            uint entries = BinaryPrimitives.ReadUInt32BigEndian(entry[8..]);
            if (entries > Qcow2Header.MostL1Bytes / sizeof(ulong)) throw space.Corrupt($"the L1 table of a snapshot has {entries} entries.");
            if (entries != 0) snapshots.Add(new SnapshotL1(space.Checked(offset, (long)entries * sizeof(ulong), "the L1 table of a snapshot"), (int)entries));
            long names = BinaryPrimitives.ReadUInt16BigEndian(entry[12..]) + BinaryPrimitives.ReadUInt16BigEndian(entry[14..]);
            length += (EntryHeader + BinaryPrimitives.ReadUInt32BigEndian(entry[36..]) + names + 7) & ~7L;
            if (length > MostBytes) throw space.Corrupt("the snapshot table is larger than 64 MiB.");
        }

        space.Checked(start, length, "the snapshot table");
        return new SnapshotTable(length, snapshots);
    }
}
