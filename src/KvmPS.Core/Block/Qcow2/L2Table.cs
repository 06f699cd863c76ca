namespace KvmPS.Core.Block.Qcow2;

/// <summary>One L2 table in memory.</summary>
internal sealed class L2Table(int l1Index, long offset, BigEndianTable entries)
{
    /// <summary>Which L1 entry points to it.</summary>
    public int L1Index { get; } = l1Index;

    /// <summary>Where it lies in the file.</summary>
    public long Offset { get; } = offset;

    /// <summary>Its entries.</summary>
    public BigEndianTable Entries { get; } = entries;

    /// <summary>Whether the file has no such table yet: all of it is written before anything points to it.</summary>
    public bool IsNew { get; set; }

    /// <summary>Whether it must stay in memory.</summary>
    public bool IsPinned => IsNew || Entries.IsDirty;

    /// <summary>Whether somebody looked at it since the cache last searched for room.</summary>
    public bool WasUsed { get; set; } = true;
}
