using System.Buffers.Binary;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>What the first cluster of an image says about it [qcow2 §Header]. FILE-CONTROLLED: the numbers are within the format's limits, nothing more.</summary>
public sealed class Qcow2Header
{
    /// <summary>The first four bytes.</summary>
    internal const uint Magic = 0x514649fb;

    /// <summary>The length of version 2's header.</summary>
    internal const int LengthOfVersion2 = 72;

    /// <summary>The least length of version 3's.</summary>
    internal const int LengthOfVersion3 = 104;

    /// <summary>QEMU's limit of an L1 table, in bytes.</summary>
    internal const int MostL1Bytes = 32 << 20;

    /// <summary>QEMU's limit of the refcount table, in bytes.</summary>
    internal const int MostRefcountTableBytes = 8 << 20;

    /// <summary>QEMU's limit of internal snapshots.</summary>
    internal const int MostSnapshots = 65536;

    private const int MostBackingName = 1023;
    private const int DefaultRefcountOrder = 4;

    private Qcow2Header(ClusterGeometry geometry) => Geometry = geometry;

    /// <summary>2 or 3.</summary>
    public int Version { get; private init; }

    /// <summary>The unit of allocation, in bytes.</summary>
    public int ClusterSize => Geometry.ClusterSize;

    /// <summary>The size of the disk in bytes.</summary>
    public long VirtualSize { get; internal set; }

    /// <summary>The path of the image below as it is written here, relative to this image's folder; null for none.</summary>
    public string? BackingPath { get; private init; }

    /// <summary>The format of the image below, such as <c>raw</c>; null when it is not told.</summary>
    public string? BackingFormat { get; private init; }

    /// <summary>Whether it was not closed after lazy refcounts were used: they may be wrong.</summary>
    public bool IsDirty => Incompatible.HasFlag(IncompatibleFeatures.Dirty);

    /// <summary>Whether a program found it damaged: it must not be written until it is repaired.</summary>
    public bool IsCorrupt => Incompatible.HasFlag(IncompatibleFeatures.Corrupt);

    /// <summary>Whether refcounts may be written late.</summary>
    public bool HasLazyRefcounts => Compatible.HasFlag(CompatibleFeatures.LazyRefcounts);

    /// <summary>How compressed clusters are made.</summary>
    public Qcow2Compression Compression { get; private init; }

    /// <summary>How many internal snapshots there are.</summary>
    public int SnapshotCount { get; private init; }

    /// <summary>The width of a refcount: 1 to 64 bits.</summary>
    public int RefcountBits => Geometry.RefcountBits;

    /// <summary>The first feature that is not served, as the specification names it; null when the image can be opened.</summary>
    public string? UnsupportedFeature { get; private init; }

    internal ClusterGeometry Geometry { get; }

    internal IncompatibleFeatures Incompatible { get; set; }

    internal CompatibleFeatures Compatible { get; private init; }

    internal AutoclearFeatures Autoclear { get; set; }

    internal int L1Entries { get; set; }

    internal long L1Offset { get; set; }

    internal long RefcountTableOffset { get; set; }

    internal int RefcountTableClusters { get; set; }

    internal long SnapshotsOffset { get; private init; }

    internal BitmapsExtension? Bitmaps { get; private init; }

    internal IReadOnlyCollection<uint> UnknownExtensions { get; private init; } = [];

    /// <summary>Reads a header.</summary>
    /// <exception cref="ImageCorruptException">It is none, or contradicts itself.</exception>
    /// <exception cref="ImageNotSupportedException">It is of another version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static Qcow2Header Read(IImageFile file)
    {
        Span<byte> start = stackalloc byte[LengthOfVersion3 + 8];
        file.Read(0, start);
        if (BinaryPrimitives.ReadUInt32BigEndian(start) != Magic) throw new ImageCorruptException(file.Name, "it does not begin as qcow2 does; it may be of another format than was said of it.");
        uint version = U32(start, 4);
        if (version is not 2 and not 3) throw new ImageNotSupportedException(file.Name, $"version {version} of qcow2");
        uint clusterBits = U32(start, 20);
        if (clusterBits is < ClusterGeometry.LeastClusterBits or > ClusterGeometry.MostClusterBits)
            throw Corrupt($"its clusters have 2^{clusterBits} bytes.");
        uint length = version == 2 ? LengthOfVersion2 : U32(start, 100);
        if (version == 3 && (length < LengthOfVersion3 || length % 8 != 0 || length > 1u << (int)clusterBits)) throw Corrupt($"its header says to have {length} bytes.");
        uint refcountOrder = version == 2 ? DefaultRefcountOrder : U32(start, 96);
        if (refcountOrder > ClusterGeometry.MostRefcountOrder) throw Corrupt($"its refcounts have 2^{refcountOrder} bits.");
        var geometry = new ClusterGeometry((int)clusterBits, (int)refcountOrder);

        // No more than the file has: nothing but zeroes would follow.
        byte[] cluster = new byte[(int)Math.Max(LengthOfVersion3 + 8, Math.Min(geometry.ClusterSize, file.Length))];
        file.Read(0, cluster);
        ulong size = U64(start, 24);
        if (size > long.MaxValue) throw Corrupt("its disk is larger than 2^63 bytes.");
        uint l1Entries = U32(start, 36);
        if (l1Entries > MostL1Bytes / sizeof(ulong)) throw Corrupt($"its L1 table has {l1Entries} entries.");
        uint tableClusters = U32(start, 56);
        if (tableClusters > MostRefcountTableBytes >> geometry.ClusterBits) throw Corrupt($"its refcount table has {tableClusters} clusters.");
        uint snapshots = U32(start, 60);
        if (snapshots > MostSnapshots) throw Corrupt($"it has {snapshots} snapshots.");

        ulong backingOffset = U64(start, 8);
        uint backingLength = backingOffset == 0 ? 0 : U32(start, 16);
        if (backingLength > MostBackingName || backingOffset > (ulong)cluster.Length - backingLength)
            throw Corrupt($"the name of its backing file has {backingLength} bytes at {backingOffset}.");
        int extensionsEnd = backingOffset == 0 ? cluster.Length : (int)backingOffset;
        HeaderExtensions extensions = HeaderExtensions.Read(file.Name, cluster.AsSpan(0, extensionsEnd), (int)length);
        var incompatible = version == 2 ? IncompatibleFeatures.None : (IncompatibleFeatures)U64(start, 72);
        byte compression = length > LengthOfVersion3 ? start[LengthOfVersion3] : (byte)0;
        if (incompatible.HasFlag(IncompatibleFeatures.CompressionType) != (compression != 0)) throw Corrupt($"its compression type {compression} and its features contradict each other.");
        return new Qcow2Header(geometry)
        {
            Version = (int)version,
            VirtualSize = (long)size,
            BackingPath = backingLength == 0 ? null : System.Text.Encoding.UTF8.GetString(cluster, (int)backingOffset, (int)backingLength),
            BackingFormat = extensions.BackingFormat,
            Incompatible = incompatible,
            Compatible = version == 2 ? CompatibleFeatures.None : (CompatibleFeatures)U64(start, 80),
            Autoclear = version == 2 ? AutoclearFeatures.None : (AutoclearFeatures)U64(start, 88),
            Compression = (Qcow2Compression)compression,
            SnapshotCount = (int)snapshots,
            SnapshotsOffset = Offset(U64(start, 64)),
            L1Entries = (int)l1Entries,
            L1Offset = Offset(U64(start, 40)),
            RefcountTableOffset = Offset(U64(start, 48)),
            RefcountTableClusters = (int)tableClusters,
            Bitmaps = extensions.Bitmaps,
            UnknownExtensions = extensions.Unknown,
            UnsupportedFeature = Unsupported(U32(start, 32), incompatible, compression, extensions),
        };

        long Offset(ulong value) => value <= long.MaxValue && geometry.IsAligned((long)value) ? (long)value : throw Corrupt($"a table begins at 0x{value:x}, inside a cluster.");
        ImageCorruptException Corrupt(string problem) => new(file.Name, problem);
    }

    /// <summary>Whether a file begins with the format's first four bytes.</summary>
    internal static bool HasMagic(IImageFile file)
    {
        Span<byte> start = stackalloc byte[sizeof(uint)];
        file.Read(0, start);
        return BinaryPrimitives.ReadUInt32BigEndian(start) == Magic;
    }

    private static string? Unsupported(uint encryption, IncompatibleFeatures features, byte compression, HeaderExtensions extensions)
    {
        const IncompatibleFeatures Known = IncompatibleFeatures.Dirty | IncompatibleFeatures.Corrupt | IncompatibleFeatures.CompressionType;
        if (encryption != 0) return encryption switch { 1 => "AES encryption", 2 => "LUKS encryption", _ => $"encryption {encryption}" };
        if (features.HasFlag(IncompatibleFeatures.ExternalDataFile)) return "external data file";
        if (features.HasFlag(IncompatibleFeatures.ExtendedL2)) return "extended L2 entries (subclusters)";
        if (compression > (byte)Qcow2Compression.Zstd) return $"compression type {compression}";
        if ((features & ~Known) == 0) return null;
        int bit = System.Numerics.BitOperations.TrailingZeroCount((ulong)(features & ~Known));
        return extensions.NameOfIncompatible(bit) ?? $"incompatible feature bit {bit}";
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]);
}
