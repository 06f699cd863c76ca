using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>A backend whose writes are on stable storage when they return.</summary>
public sealed class WriteThroughDisk : BackendWrapper
{
    /// <summary>Takes over a backend.</summary>
    public WriteThroughDisk(IBlockBackend inner)
        : base(inner)
    {
    }

    /// <inheritdoc/>
    public override bool WritesAtOnce => false;

    /// <inheritdoc/>
    public override void Write(long offset, IoVector source)
    {
        Inner.Write(offset, source);
        Inner.Flush();
    }

    /// <inheritdoc/>
    public override void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        Inner.WriteZeroes(offset, length, mayDeallocate);
        Inner.Flush();
    }
}
