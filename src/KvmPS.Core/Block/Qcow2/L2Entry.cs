namespace KvmPS.Core.Block.Qcow2;

/// <summary>An entry of an L2 table: what became of one cluster of the disk [qcow2 §Cluster mapping]. FILE-CONTROLLED.</summary>
internal readonly record struct L2Entry(ulong Raw)
{
    /// <summary>The refcount is exactly one: the cluster may be written in place. In L1 entries too.</summary>
    public const ulong Copied = 1UL << 63;

    /// <summary>The flag of compressed clusters.</summary>
    public const ulong Compressed = 1UL << 62;

    /// <summary>The cluster reads as zero, whatever lies at its offset.</summary>
    public const ulong Zero = 1;

    /// <summary>The bits of an offset, in L1 entries and in those of standard clusters.</summary>
    public const ulong OffsetMask = (1UL << ClusterGeometry.OffsetBits) - ClusterGeometry.SectorSize;

    /// <summary>The bits of a standard cluster's entry that mean nothing.</summary>
    public const ulong Reserved = ~(Copied | Compressed | Zero | OffsetMask);

    /// <summary>A standard cluster of our own.</summary>
    public static L2Entry At(long host) => new((ulong)host | Copied);

    /// <summary>Whether it is compressed.</summary>
    public bool IsCompressed => (Raw & Compressed) != 0;

    /// <summary>Whether it is a standard cluster that reads as zero.</summary>
    public bool IsZero => (Raw & (Compressed | Zero)) == Zero;

    /// <summary>Whether nobody else refers to the standard cluster.</summary>
    public bool IsCopied => (Raw & Copied) != 0;

    /// <summary>Where the standard cluster lies in the file; 0 for none.</summary>
    public long Host => (long)(Raw & OffsetMask);

    /// <summary>Whether this layer says nothing about the cluster.</summary>
    public bool IsUnallocated => !IsCompressed && !IsZero && Host == 0;

    /// <summary>Whether its data are a cluster that may be overwritten where it is.</summary>
    public bool IsInPlace => (Raw & (Copied | Compressed | Zero)) == Copied;

    /// <summary>Whether it reads as zero and keeps a cluster of its own.</summary>
    public bool IsReservedZero => (Raw & (Copied | Compressed | Zero)) == (Copied | Zero) && Host != 0;

    /// <summary>Where compressed data begin in the file: any byte.</summary>
    public long CompressedHost(ClusterGeometry geometry) => (long)(Raw & ((1UL << geometry.CompressedOffsetBits) - 1));

    /// <summary>How many bytes compressed data have at most: to the end of their last sector.</summary>
    public int CompressedLength(ClusterGeometry geometry)
    {
        ulong sectors = ((Raw & (Compressed - 1)) >> geometry.CompressedOffsetBits) + 1;
        return (int)sectors * ClusterGeometry.SectorSize - (int)(Raw & (ClusterGeometry.SectorSize - 1));
    }
}
