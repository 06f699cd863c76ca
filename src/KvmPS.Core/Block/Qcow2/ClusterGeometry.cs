namespace KvmPS.Core.Block.Qcow2;

/// <summary>The sizes that follow from an image's cluster size and the width of its refcounts [qcow2 §Cluster mapping].</summary>
internal sealed class ClusterGeometry(int clusterBits, int refcountOrder)
{
    /// <summary>The smallest cluster size as a power of two: 512 bytes.</summary>
    public const int LeastClusterBits = 9;

    /// <summary>The largest cluster size as a power of two: 2 MiB, QEMU's limit.</summary>
    public const int MostClusterBits = 21;

    /// <summary>The largest power of two for the width of a refcount: 64 bits.</summary>
    public const int MostRefcountOrder = 6;

    /// <summary>Offsets in table entries end at this bit.</summary>
    public const int OffsetBits = 56;

    /// <summary>The sector of compressed clusters, and what storage writes without tearing.</summary>
    public const int SectorSize = 512;

    /// <summary>The cluster size as a power of two.</summary>
    public int ClusterBits { get; } = clusterBits;

    /// <summary>The size of a cluster in bytes.</summary>
    public int ClusterSize { get; } = 1 << clusterBits;

    /// <summary>Entries of an L2 table.</summary>
    public int TableEntries { get; } = 1 << (clusterBits - 3);

    /// <summary>Bytes of the disk that one L2 table maps, as a power of two.</summary>
    public int TableSpanBits { get; } = clusterBits + clusterBits - 3;

    /// <summary>The width of a refcount as a power of two.</summary>
    public int RefcountOrder { get; } = refcountOrder;

    /// <summary>The width of a refcount.</summary>
    public int RefcountBits { get; } = 1 << refcountOrder;

    /// <summary>The largest refcount.</summary>
    public ulong MostReferences { get; } = refcountOrder == MostRefcountOrder ? ulong.MaxValue : (1UL << (1 << refcountOrder)) - 1;

    /// <summary>Refcounts in a block, as a power of two.</summary>
    public int BlockEntriesBits { get; } = clusterBits + 3 - refcountOrder;

    /// <summary>Where the count of sectors begins in the descriptor of a compressed cluster.</summary>
    public int CompressedOffsetBits { get; } = 62 - (clusterBits - 8);

    /// <summary>Where in its cluster a byte lies.</summary>
    public long InCluster(long offset) => offset & (ClusterSize - 1);

    /// <summary>Whether an offset is at the beginning of a cluster.</summary>
    public bool IsAligned(long offset) => InCluster(offset) == 0;

    /// <summary>The number of clusters that so many bytes need.</summary>
    public long ClustersOf(long bytes) => (bytes >> ClusterBits) + (InCluster(bytes) == 0 ? 0 : 1);

    /// <summary>The number of L1 entries that a disk of so many bytes needs.</summary>
    public long TablesOf(long bytes) => (bytes >> TableSpanBits) + ((bytes & ((1L << TableSpanBits) - 1)) == 0 ? 0 : 1);
}
