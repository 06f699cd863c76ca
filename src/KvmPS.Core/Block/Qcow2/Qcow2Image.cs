using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// A disk in QEMU's copy-on-write format, version 2 or 3 [qcow2 §General]. An image that is cut off at any instant is whole, or merely has clusters that
/// are counted and not used: <see cref="MetadataWriter"/> says why.
/// </summary>
/// <remarks>
/// Reads, and writes to clusters that are the disk's own, go on side by side under the read lock; whatever takes or gives back clusters has the
/// write lock, so no cluster changes its meaning while a transfer to or from it is under way.
/// </remarks>
public sealed partial class Qcow2Image : IBlockBackend, IExtentMap, IResizableDisk
{
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly ImageSpace _space;
    private readonly IBlockBackend? _backing;
    private readonly L1Table _l1;
    private readonly ClusterMap _map;
    private readonly ClusterReader _reader;
    private WritableImage? _writable; // none any more after EndWriting
    private bool _disposed;

    private Qcow2Image(ImageSpace space, IBlockBackend? backing, bool readOnly, bool isForRepair)
    {
        _space = space;
        _backing = backing;
        _l1 = new L1Table(space);
        var cache = new L2Cache(space, _l1);
        _map = new ClusterMap(space, cache);
        var compressed = new CompressedClusters(space);
        _reader = new ClusterReader(space, _map, _l1, compressed, backing);
        if (!readOnly) _writable = new WritableImage(space, _l1, cache, _map, _reader, compressed, HasBacking, isForRepair);
    }

    /// <inheritdoc/>
    public long Length => _space.Header.VirtualSize & -ClusterGeometry.SectorSize;

    /// <inheritdoc/>
    public bool IsReadOnly => _writable is null;

    /// <inheritdoc/>
    public BlockLimits Limits => new(_space.File.BlockSize, Math.Max(_space.File.BlockSize, Math.Min(_space.Geometry.ClusterSize, GuestMemory.PageSize)), _space.Geometry.ClusterSize);

    /// <inheritdoc/>
    public bool WritesAtOnce => _space.File is HostImageFile { File.IsDirect: false };

    /// <summary>What the first cluster says.</summary>
    public Qcow2Header Header => _space.Header;

    private bool HasBacking => _backing is not null || Header.BackingPath is not null;

    /// <summary>
    /// Opens an image, which owns its file and the image below from then on; when it cannot be opened, the caller keeps them. For writing, an image
    /// that was not closed is repaired first.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="backing">The image below; null reads as zero.</param>
    /// <param name="readOnly">Whether writes are refused.</param>
    /// <exception cref="ImageCorruptException">It contradicts itself, or is to be written and marked as corrupt, or not put right by that repair.</exception>
    /// <exception cref="ImageNotSupportedException">It uses a feature that is not served.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Qcow2Image Open(IImageFile file, IBlockBackend? backing, bool readOnly)
    {
        Qcow2Header header = Supported(file);
        if (!readOnly && header.IsCorrupt) throw new ImageCorruptException(file.Name, "it is marked so, and has to be repaired before it is written.");
        if (!readOnly && header.IsDirty)
        {
            Mend(file, header);
            header = Supported(file);
        }

        return new Qcow2Image(new ImageSpace(file, header), backing, readOnly, isForRepair: false);
    }

    /// <summary>Opens an image that may be damaged, to repair it and nothing else. It owns its file from then on.</summary>
    /// <exception cref="ImageCorruptException">It contradicts itself so much that not even its L1 table can be found.</exception>
    /// <exception cref="ImageNotSupportedException">It uses a feature that is not served.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Qcow2Image OpenForRepair(IImageFile file) => new(new ImageSpace(file, Supported(file)), backing: null, readOnly: false, isForRepair: true);

    /// <summary>Whether a file begins as an image of this format does.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsQcow2(IImageFile file) => Qcow2Header.HasMagic(file);

    /// <summary>Reads what the first cluster of an image says, be its features served or not.</summary>
    /// <exception cref="ImageCorruptException">It is no image of this format.</exception>
    /// <exception cref="ImageNotSupportedException">It is of another version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Qcow2Header ReadHeader(IImageFile file) => Qcow2Header.Read(file);

    /// <summary>Makes an empty image in a file, whatever was there.</summary>
    /// <exception cref="ArgumentException">There is no such image.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Create(IImageFile file, Qcow2CreateOptions options) => ImageCreator.Create(file, options);

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
    public BlockExtent Map(long offset)
    {
        _lock.EnterReadLock();
        try
        {
            CheckInside(offset, 1);
            GuestExtent extent = _map.Find(offset, Length - offset);
            BlockExtentKind kind = extent.Kind switch
            {
                ClusterKind.Data => BlockExtentKind.Data,
                ClusterKind.Compressed => BlockExtentKind.Compressed,
                ClusterKind.Unallocated when HasBacking => BlockExtentKind.Backing,
                _ => BlockExtentKind.Zero,
            };
            if (kind == BlockExtentKind.Backing && _backing is not null) return Below(offset, extent.Length, _backing);
            return new BlockExtent(extent.Length, kind, extent.Host);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>
    /// Writes what is only in memory, closes the file and the image below. A failure is not told: <see cref="Flush"/> before, which does tell,
    /// leaves nothing to lose but the room of clusters that are not used.
    /// </summary>
    public void Dispose()
    {
        if (_disposed) return;
        try
        {
            Release();
        }
        catch (IOException)
        {
            // As a crash would leave it: whole, and at worst leaky.
        }

        _space.File.Dispose();
        _backing?.Dispose();
    }

    /// <summary>Finishes the image and lets go of its file, which stays open.</summary>
    private void Release()
    {
        _lock.EnterWriteLock();
        try
        {
            _disposed = true;
            _writable?.Close();
        }
        finally
        {
            _writable?.Dispose();
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Counts anew what an image that was not closed refers to. What a repair cannot put right would be made worse by writing it.</summary>
    private static void Mend(IImageFile file, Qcow2Header header)
    {
        var repair = new Qcow2Image(new ImageSpace(file, header), backing: null, readOnly: false, isForRepair: true);
        repair.Repair(Qcow2RepairModes.All);
        Qcow2CheckResult left = repair.Check();
        repair.Release();
        if (left.Corruptions > 0)
            throw new ImageCorruptException(file.Name, $"it was not closed, and a repair has not put all of it right: {left.Problems[0]}");
    }

    /// <summary>What the image below says of a range that this one has not: the zeroes that it knows of need not be read, to copy a chain.</summary>
    private static BlockExtent Below(long offset, long length, IBlockBackend backing)
    {
        if (offset >= backing.Length) return new BlockExtent(length, BlockExtentKind.Zero, -1);
        BlockExtent below = backing.ExtentAt(offset);
        return new BlockExtent(Math.Min(length, below.Length), below.Kind == BlockExtentKind.Zero ? BlockExtentKind.Zero : BlockExtentKind.Backing, -1);
    }

    private static Qcow2Header Supported(IImageFile file)
    {
        Qcow2Header header = ReadHeader(file);
        return header.UnsupportedFeature is { } feature ? throw new ImageNotSupportedException(file.Name, feature) : header;
    }

    private void CheckInside(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
    }
}
