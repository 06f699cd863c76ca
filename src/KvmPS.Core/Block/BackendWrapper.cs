using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>A backend that passes everything on to another, which it owns; what differs is overridden.</summary>
public abstract class BackendWrapper : IBlockBackend, IExtentMap, IResizableDisk
{
    /// <summary>Takes over a backend.</summary>
    protected BackendWrapper(IBlockBackend inner) => Inner = inner;

    /// <inheritdoc/>
    public long Length => Inner.Length;

    /// <inheritdoc/>
    public bool IsReadOnly => Inner.IsReadOnly;

    /// <inheritdoc/>
    public BlockLimits Limits => Inner.Limits;

    /// <inheritdoc/>
    public virtual bool WritesAtOnce => Inner.WritesAtOnce;

    /// <summary>The backend behind.</summary>
    protected IBlockBackend Inner { get; }

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination) => Inner.Read(offset, destination);

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination) => Inner.TryReadAtOnce(offset, destination);

    /// <inheritdoc/>
    public virtual void Write(long offset, IoVector source) => Inner.Write(offset, source);

    /// <inheritdoc/>
    public virtual void WriteZeroes(long offset, long length, bool mayDeallocate) => Inner.WriteZeroes(offset, length, mayDeallocate);

    /// <inheritdoc/>
    public virtual void Discard(long offset, long length) => Inner.Discard(offset, length);

    /// <inheritdoc/>
    public virtual void Flush() => Inner.Flush();

    /// <inheritdoc/>
    public BlockExtent Map(long offset) => Inner.ExtentAt(offset);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The backend behind has one size for ever.</exception>
    public void Resize(long newSize) => (Inner as IResizableDisk ?? throw new NotSupportedException("The disk keeps its size.")).Resize(newSize);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the backend behind.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Inner.Dispose();
    }
}
