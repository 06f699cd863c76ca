namespace KvmPS.Core.Boot;

/// <summary>An image in memory: raw code from a script, or an extracted kernel.</summary>
public sealed class MemoryImageSource(string name, ReadOnlyMemory<byte> bytes) : IImageSource
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long Length => bytes.Length;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        if ((ulong)offset > (ulong)bytes.Length || destination.Length > bytes.Length - offset)
            throw new ImageNotBootableException(name, offset, $"{destination.Length} bytes are wanted, and the image ends at 0x{bytes.Length:x}.");
        bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
