namespace KvmPS.Core.Block;

/// <summary>Where the bytes of a range come from.</summary>
public enum BlockExtentKind
{
    /// <summary>They are stored as they are.</summary>
    Data,

    /// <summary>They are all zero, and this layer says so.</summary>
    Zero,

    /// <summary>This layer has nothing: the one below answers.</summary>
    Backing,

    /// <summary>They are stored compressed.</summary>
    Compressed,
}

/// <summary>A range of a disk whose bytes come from one place.</summary>
/// <param name="Length">Bytes, from the offset that was asked for.</param>
/// <param name="Kind">Where they come from.</param>
/// <param name="HostOffset">Where the first of them lies in the host's file; -1 when it does not lie there as it is.</param>
public readonly record struct BlockExtent(long Length, BlockExtentKind Kind, long HostOffset);
