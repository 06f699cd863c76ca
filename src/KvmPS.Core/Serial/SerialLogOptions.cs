namespace KvmPS.Core.Serial;

/// <summary>The bounds of a <see cref="SerialLog"/>.</summary>
public sealed record SerialLogOptions
{
    private const int MostChunks = 1 << 14; // Keeps the bound well inside an int.

    /// <summary>Keeps 16 MiB: the first one and the newest fifteen.</summary>
    public static SerialLogOptions Default { get; } = new();

    /// <summary>How many bytes are kept at most; rounded up to whole chunks, and to two of them.</summary>
    public int BoundBytes { get; init; } = 16 << 20;

    /// <summary>
    /// How many bytes from the first are never dropped, since a boot's beginning is what one looks for later; rounded down to whole
    /// chunks, at least one, and never more than half of the bound.
    /// </summary>
    public int HeadBytes { get; init; } = 1 << 20;

    /// <summary>The grain of growing and dropping, in bytes.</summary>
    public int ChunkBytes { get; init; } = 64 << 10;

    /// <summary>How many line starts have a time of their own; at least 2.</summary>
    public int LineTimes { get; init; } = 64 << 10;

    /// <summary>The store that these bounds describe.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A bound is negative, or the chunks are empty, or there are too many of them.</exception>
    internal SerialStore CreateStore()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(BoundBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(HeadBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(LineTimes, 2);
        int chunks = Math.Max(2, (int)(((long)BoundBytes + ChunkBytes - 1) / ChunkBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunks, MostChunks, nameof(BoundBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)chunks * ChunkBytes, int.MaxValue, nameof(BoundBytes));
        int headChunks = Math.Clamp(HeadBytes / ChunkBytes, 1, chunks / 2);
        return new SerialStore(chunks * ChunkBytes, headChunks * ChunkBytes, ChunkBytes);
    }
}
