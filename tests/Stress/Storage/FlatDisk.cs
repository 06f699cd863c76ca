using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>Bytes below an image, which no request may change.</summary>
/// <param name="content">The whole disk.</param>
internal sealed class FlatDisk(byte[] content) : IBlockBackend
{
    /// <inheritdoc/>
    public long Length => content.Length;

    /// <inheritdoc/>
    public bool IsReadOnly => true;

    /// <inheritdoc/>
    public BlockLimits Limits => new(SectorPattern.Size, SectorPattern.Size, SectorPattern.Size);

    /// <inheritdoc/>
    public bool WritesAtOnce => true;

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination) => destination.CopyFrom(content.AsSpan((int)offset, (int)destination.Length));

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        Read(offset, destination);
        return true;
    }

    /// <inheritdoc/>
    public void Write(long offset, IoVector source) => throw Refused();

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate) => throw Refused();

    /// <inheritdoc/>
    public void Discard(long offset, long length) => throw Refused();

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static InvalidOperationException Refused() => new("An image wrote to what is below it.");
}
