namespace KvmPS.Core.Block;

/// <summary>What a range of a disk holds, as far as its backend knows without reading it.</summary>
public enum BlockExtentKind
{
    /// <summary>Bytes that must be read.</summary>
    Data,

    /// <summary>Zeroes that the backend itself stands for, whatever lies below it.</summary>
    Zero,

    /// <summary>Nothing: it reads as zero, and no layer has room for it.</summary>
    Unallocated,
}

/// <summary>A range of a disk of which all is of one kind.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Length">Bytes, at least one.</param>
public readonly record struct BlockExtent(BlockExtentKind Kind, long Length);

/// <summary>A backend that knows where it holds nothing, so that a copy of it need not read that.</summary>
public interface IBlockExtents
{
    /// <summary>What a range begins with, and for how long, not beyond the range.</summary>
    /// <param name="offset">Where it begins, inside the disk.</param>
    /// <param name="length">Bytes, at least one.</param>
    /// <exception cref="IOException">It cannot be found out.</exception>
    BlockExtent GetExtent(long offset, long length);
}

/// <summary>The extents of backends that may not know them.</summary>
public static class BlockExtents
{
    /// <summary>What a range begins with; data all through for a backend that does not know.</summary>
    /// <exception cref="IOException">It cannot be found out.</exception>
    public static BlockExtent ExtentAt(this IBlockBackend backend, long offset, long length) =>
        backend is IBlockExtents known ? known.GetExtent(offset, length) : new BlockExtent(BlockExtentKind.Data, length);
}
