namespace KvmPS.Core.Block.Qcow2;

/// <summary>What a cluster of the disk is.</summary>
internal enum ClusterKind
{
    /// <summary>Not in this layer.</summary>
    Unallocated,

    /// <summary>Zero, by its flag.</summary>
    Zero,

    /// <summary>Stored as it is.</summary>
    Data,

    /// <summary>Stored compressed.</summary>
    Compressed,
}

/// <summary>A range of the disk that one transfer can serve.</summary>
/// <param name="Kind">What its clusters are.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Host">Where in the file its first byte lies, for data.</param>
/// <param name="Entry">The entry of its first cluster.</param>
internal readonly record struct GuestExtent(ClusterKind Kind, long Length, long Host, L2Entry Entry)
{
    /// <summary>Whether it may be written where it is.</summary>
    public bool IsInPlace => Kind == ClusterKind.Data && Entry.IsCopied;
}
