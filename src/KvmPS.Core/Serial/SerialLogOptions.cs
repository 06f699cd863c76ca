namespace KvmPS.Core.Serial;

/// <summary>The bounds of a <see cref="SerialLog"/>.</summary>
public sealed record SerialLogOptions
{
    /// <summary>Keeps 16 MiB: the first one and the newest fifteen.</summary>
    public static SerialLogOptions Default { get; } = new();

    /// <summary>How many bytes are kept at most.</summary>
    public int BoundBytes { get; init; } = 16 << 20;

    /// <summary>How many bytes from the first are never dropped: a boot's beginning is what one looks for later.</summary>
    public int HeadBytes { get; init; } = 1 << 20;

    /// <summary>The grain of growing and dropping, in bytes. The two others are multiples of it.</summary>
    public int ChunkBytes { get; init; } = 64 << 10;

    /// <summary>How many line starts have a time of their own.</summary>
    public int LineTimes { get; init; } = 64 << 10;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(HeadBytes, ChunkBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(BoundBytes - HeadBytes, ChunkBytes, nameof(BoundBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(LineTimes, 2);
        if (HeadBytes % ChunkBytes != 0 || BoundBytes % ChunkBytes != 0)
            throw new ArgumentException("The bound and the head are whole chunks.", nameof(ChunkBytes));
    }
}
