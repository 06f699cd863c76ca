using System.Buffers.Binary;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Counts the clusters of dirty bitmaps [qcow2 §Bitmaps], which are kept as they are until the image is written. FILE-CONTROLLED.</summary>
internal sealed class BitmapScan(ImageSpace space, ReferenceScan scan, CheckReport report)
{
    private const int EntryHeader = 24;
    private const ulong MostDirectoryBytes = 64 << 20;
    private const uint MostTableEntries = 32 << 20 >> 3;

    /// <summary>Counts the directory, each bitmap's table, and the clusters of its bits.</summary>
    public void Run(BitmapsExtension bitmaps)
    {
        if (bitmaps.DirectoryLength > MostDirectoryBytes || bitmaps.DirectoryOffset > long.MaxValue)
        {
            report.AddCorruption($"the directory of bitmaps has {bitmaps.DirectoryLength} bytes.");
            return;
        }

        long start = (long)bitmaps.DirectoryOffset;
        long length = (long)bitmaps.DirectoryLength;
        if (!scan.CountTable(start, length, "the directory of bitmaps")) return;
        byte[] entry = new byte[EntryHeader];
        for (long at = 0; at <= length - EntryHeader;)
        {
            space.File.Read(start + at, entry);
            Count(BinaryPrimitives.ReadInt64BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry.AsSpan(8)));
            long names = BinaryPrimitives.ReadUInt16BigEndian(entry.AsSpan(18)) + (long)BinaryPrimitives.ReadUInt32BigEndian(entry.AsSpan(20));
            at += (EntryHeader + names + 7) & ~7L;
        }
    }

    private void Count(long offset, uint entries)
    {
        if (entries > MostTableEntries)
        {
            report.AddCorruption($"the table of a bitmap has {entries} entries.");
            return;
        }

        if (!scan.CountTable(offset, (long)entries * sizeof(ulong), "the table of a bitmap")) return;
        var table = new BigEndianTable((int)entries);
        table.Load(space.File, offset);
        for (int i = table.NextSet(0); i < table.Count; i = table.NextSet(i + 1))
        {
            if ((table[i] & L2Entry.OffsetMask) is not 0 and var bits) scan.CountTable((long)bits, space.Geometry.ClusterSize, "a cluster of a bitmap");
        }
    }
}
