using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// A disk in QEMU's copy-on-write format, version 2 or 3 [qcow2].
/// </summary>
public sealed class Qcow2Image : IBlockBackend, IExtentMap
{
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly ImageSpace _space;
    private readonly IBlockBackend? _backing;
    private readonly L1Table _l1;
    private readonly L2Cache _cache;
    private readonly ClusterMap _map;
    private readonly CompressedClusters _compressed;
    private readonly ClusterReader _reader;
    private bool _disposed;

    private Qcow2Image(ImageSpace space, IBlockBackend? backing, bool readOnly)
    {
        _space = space;
        _backing = backing;
        IsReadOnly = readOnly;
        _l1 = new L1Table(space);
        _cache = new L2Cache(space, _l1);
        _map = new ClusterMap(space, _cache);
        _compressed = new CompressedClusters(space);
        _reader = new ClusterReader(space, _map, _l1, _compressed, backing);
    }

    /// <inheritdoc/>
    public long Length => _space.Header.VirtualSize & -ClusterGeometry.SectorSize;

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <inheritdoc/>
    public BlockLimits Limits => new(_space.File.BlockSize, Math.Max(_space.File.BlockSize, Math.Min(_space.Geometry.ClusterSize, GuestMemory.PageSize)), _space.Geometry.ClusterSize);

    /// <inheritdoc/>
    public bool WritesAtOnce => false;

    /// <summary>What the first cluster says.</summary>
    public Qcow2Header Header => _space.Header;

    /// <summary>Opens an image, which owns its file and the image below from then on; when it cannot be opened, the caller keeps them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="backing">The image below; null reads as zero.</param>
    /// <param name="readOnly">Whether writes are refused.</param>
    /// <exception cref="ImageCorruptException">It contradicts itself.</exception>
    /// <exception cref="ImageNotSupportedException">It uses a feature that is not served.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Qcow2Image Open(IImageFile file, IBlockBackend? backing, bool readOnly)
    {
        Qcow2Header header = ReadHeader(file);
        if (header.UnsupportedFeature is { } feature) throw new ImageNotSupportedException(file.Name, feature);
        return new Qcow2Image(new ImageSpace(file, header), backing, readOnly);
    }

    /// <summary>Reads what the first cluster of an image says, be its features served or not.</summary>
    /// <exception cref="ImageCorruptException">It is no image of this format.</exception>
    /// <exception cref="ImageNotSupportedException">It is of another version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Qcow2Header ReadHeader(IImageFile file) => Qcow2Header.Read(file);

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination)
    {
        _lock.EnterReadLock();
        try
        {
            CheckInside(offset, destination.Length);
            _reader.Read(offset, destination);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        if (!_lock.TryEnterReadLock(0)) return false;
        try
        {
            CheckInside(offset, destination.Length);
            return _reader.TryReadAtOnce(offset, destination);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, IoVector source) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Discard(long offset, long length) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Flush()
    {
        if (!IsReadOnly) _space.File.Flush();
    }

    /// <inheritdoc/>
    public BlockExtent Map(long offset)
    {
        _lock.EnterReadLock();
        try
        {
            CheckInside(offset, 1);
            GuestExtent extent = _map.Find(offset, Length - offset);
            return extent.Kind switch
            {
                ClusterKind.Data => new BlockExtent(extent.Length, BlockExtentKind.Data, extent.Host),
                ClusterKind.Compressed => new BlockExtent(extent.Length, BlockExtentKind.Compressed, -1),
                ClusterKind.Unallocated when _backing is not null || Header.BackingPath is not null => new BlockExtent(extent.Length, BlockExtentKind.Backing, -1),
                _ => new BlockExtent(extent.Length, BlockExtentKind.Zero, -1),
            };
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _space.File.Dispose();
        _backing?.Dispose();
        _lock.Dispose();
    }

    private void CheckInside(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
    }
}
