using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>A disk in this process's memory: empty when it is made, gone when it ends. What was never written, or discarded, takes no room.</summary>
public sealed class MemoryDisk : IBlockBackend, IExtentMap
{
    private readonly MemoryChunks _chunks = new("memory disk", long.MaxValue);

    /// <summary>An empty disk.</summary>
    /// <param name="length">Its size in bytes, a positive multiple of 512.</param>
    public MemoryDisk(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % RawImage.Sector, 0, nameof(length));
        Length = length;
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public BlockLimits Limits => new(RawImage.Sector, GuestMemory.PageSize, MemoryChunks.Size);

    /// <inheritdoc/>
    public bool WritesAtOnce => true;

    /// <summary>Bytes of memory that it takes now.</summary>
    public long AllocatedLength => _chunks.Used;

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination)
    {
        foreach (ChunkPart part in ChunkPart.Of(offset, destination.Length, MemoryChunks.Size))
        {
            byte[]? chunk = _chunks.Find(part.Number);
            if (chunk is null) destination.Zero(part.Position, part.Length);
            else destination.CopyFrom(chunk.AsSpan(part.Start, part.Length), part.Position);
        }
    }

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        Read(offset, destination);
        return true;
    }

    /// <inheritdoc/>
    public void Write(long offset, IoVector source)
    {
        foreach (ChunkPart part in ChunkPart.Of(offset, source.Length, MemoryChunks.Size))
            source.CopyTo(ChunkFor(part.Number).AsSpan(part.Start, part.Length), part.Position);
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        foreach (long number in _chunks.Between(offset, length))
        {
            ChunkPart part = ChunkPart.Of(number, offset, length, MemoryChunks.Size);
            if (part.Length == MemoryChunks.Size) _chunks.Remove(number);
            else _chunks.Find(number)?.AsSpan(part.Start, part.Length).Clear();
        }
    }

    /// <inheritdoc/>
    public void Discard(long offset, long length) => WriteZeroes(offset, length, mayDeallocate: true);

    /// <inheritdoc/>
    public void Flush()
    {
        // There is no storage behind it.
    }

    /// <inheritdoc/>
    public BlockExtent Map(long offset)
    {
        bool isThere = _chunks.Find(offset / MemoryChunks.Size) is not null;
        long length = _chunks.RunLength(offset, Length - offset, chunk => chunk is not null == isThere);
        return new BlockExtent(length, isThere ? BlockExtentKind.Data : BlockExtentKind.Zero, -1);
    }

    /// <inheritdoc/>
    public void Dispose() => _chunks.Clear();

    private byte[] ChunkFor(long number)
    {
        while (true)
        {
            if (_chunks.Find(number) is { } chunk) return chunk;
            byte[] made = _chunks.Make();
            if (_chunks.TryPut(number, null, made)) return made;
        }
    }
}
