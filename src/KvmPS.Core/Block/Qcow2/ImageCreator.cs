using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Makes an empty image: header, refcount table and blocks, L1 table, one behind the other.</summary>
internal static class ImageCreator
{
    private const int HeaderLength = 112; // with the compression type
    private const int MostBackingName = 1023;

    public static void Create(IImageFile file, Qcow2CreateOptions options)
    {
        Check(options);
        var geometry = new ClusterGeometry(BitOperations.Log2((uint)options.ClusterSize), BitOperations.Log2((uint)options.RefcountBits));
        long size = (options.VirtualSize + ClusterGeometry.SectorSize - 1) & -ClusterGeometry.SectorSize;
        long l1Entries = Math.Max(1, geometry.TablesOf(size)); // a disk of no bytes, too: it may grow, and nothing would use the table's cluster
        if (l1Entries * sizeof(ulong) > Qcow2Header.MostL1Bytes) throw new ArgumentException($"A disk of {size} bytes needs clusters of more than {options.ClusterSize} bytes.", nameof(options));

        long l1Clusters = geometry.ClustersOf(l1Entries * sizeof(ulong));
        long inBlock = 1L << geometry.BlockEntriesBits;
        long blocks = 1;
        long tableClusters = 1;
        long used;
        do
        {
            used = 1 + tableClusters + blocks + l1Clusters;
            blocks = Math.Max(blocks, (used + inBlock - 1) / inBlock);
            tableClusters = geometry.ClustersOf(blocks * sizeof(ulong));
        }
        while (used != 1 + tableClusters + blocks + l1Clusters);

        long tableOffset = geometry.ClusterSize;
        long blocksOffset = tableOffset + (tableClusters << geometry.ClusterBits);
        long l1Offset = blocksOffset + (blocks << geometry.ClusterBits);
        file.SetLength(0); // what was there reads as zero from here on
        file.SetLength(l1Offset + (l1Clusters << geometry.ClusterBits));
        var table = new BigEndianTable((int)((tableClusters << geometry.ClusterBits) / sizeof(ulong)));
        for (int i = 0; i < blocks; i++)
        {
            long offset = blocksOffset + ((long)i << geometry.ClusterBits);
            table[i] = (ulong)offset;
            var block = new RefcountBlock(i, offset, geometry);
            for (long cluster = i * inBlock; cluster < Math.Min(used, (i + 1) * inBlock); cluster++) block[(int)(cluster & (inBlock - 1))] = 1;
            block.StoreChanges(file);
        }

        table.Store(file, tableOffset);
        file.Flush(); // a header is there only when all of the image is
        file.Write(0, Header(options, geometry, size, (int)l1Entries, l1Offset, tableOffset, (int)tableClusters));
        file.Flush();
    }

    private static byte[] Header(Qcow2CreateOptions options, ClusterGeometry geometry, long size, int l1Entries, long l1Offset, long tableOffset, int tableClusters)
    {
        byte[] backing = Encoding.UTF8.GetBytes(options.BackingPath ?? "");
        byte[] extensions = HeaderExtensions.Write(options.BackingFormat);
        int length = options.Version == 2 ? Qcow2Header.LengthOfVersion2 : HeaderLength;
        int backingOffset = length + extensions.Length;
        if (backing.Length > MostBackingName || backingOffset + backing.Length > geometry.ClusterSize)
            throw new ArgumentException("The path of the backing file is too long for the image's first cluster.", nameof(options));

        byte[] header = new byte[backingOffset + backing.Length];
        BinaryPrimitives.WriteUInt32BigEndian(header, Qcow2Header.Magic);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), options.Version);
        if (backing.Length > 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(8), backingOffset);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(16), backing.Length);
            backing.CopyTo(header, backingOffset);
        }

        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), geometry.ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), size);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(36), l1Entries);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(40), l1Offset);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(48), tableOffset);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(56), tableClusters);
        if (options.Version > 2)
        {
            bool isZlib = options.Compression == Qcow2Compression.Zlib;
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(72), isZlib ? 0 : (ulong)IncompatibleFeatures.CompressionType);
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(80), options.LazyRefcounts ? (ulong)CompatibleFeatures.LazyRefcounts : 0);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(96), geometry.RefcountOrder);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(100), length);
            header[Qcow2Header.LengthOfVersion3] = (byte)options.Compression;
        }

        extensions.CopyTo(header, length);
        return header;
    }

    private static void Check(Qcow2CreateOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.VirtualSize);
        if (options.VirtualSize > 1L << 61) throw new ArgumentException("The disk is larger than the format allows.", nameof(options));
        if (!BitOperations.IsPow2(options.ClusterSize) || options.ClusterSize is < 1 << ClusterGeometry.LeastClusterBits or > 1 << ClusterGeometry.MostClusterBits)
            throw new ArgumentException("The cluster size is a power of two from 512 bytes to 2 MiB.", nameof(options));
        if (!BitOperations.IsPow2(options.RefcountBits) || options.RefcountBits is < 1 or > 1 << ClusterGeometry.MostRefcountOrder)
            throw new ArgumentException("The width of a refcount is a power of two from 1 to 64 bits.", nameof(options));
        if (options.Version is not 2 and not 3) throw new ArgumentException("The version is 2 or 3.", nameof(options));
        if (options.Version == 2 && (options.RefcountBits != 16 || options.LazyRefcounts || options.Compression != Qcow2Compression.Zlib))
            throw new ArgumentException("Version 2 has refcounts of 16 bits, zlib, and no lazy refcounts.", nameof(options));
    }
}
