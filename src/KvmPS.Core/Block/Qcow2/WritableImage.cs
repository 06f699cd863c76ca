using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>The parts of an image that only writing needs, put together. All but the in-place path is for the holder of the write lock.</summary>
internal sealed class WritableImage : IDisposable
{
    private readonly ImageSpace _space;
    private readonly L1Table _l1;
    private readonly L2Cache _cache;
    private readonly ClusterMap _map;
    private readonly ClusterWriter _clusters;
    private readonly ClusterEraser _eraser;
    private readonly ImageResizer _resizer;
    private readonly MetadataWriter _writer;
    private readonly RefcountTable _refcounts;
    private readonly ClusterAllocator _allocator;
    private readonly ClusterReader _reader;
    private volatile bool _isPrepared;
    private volatile bool _hasChanges; // what MetadataWriter says, for those who have the read lock

    public WritableImage(ImageSpace space, L1Table l1, L2Cache cache, ClusterMap map, ClusterReader reader, CompressedClusters compressed, bool hasBacking, bool isForRepair)
    {
        if (!space.File.IsWritable) throw new IOException($"'{space.File.Name}' was opened for reading only.");
        _space = space;
        _l1 = l1;
        _cache = cache;
        _map = map;
        _reader = reader;
        var metadata = new MetadataMap(space, toleratesOverlaps: isForRepair);
        metadata.Add(0, space.Geometry.ClusterSize, "the header");
        if (!isForRepair) metadata.AddTables(l1); // when repairing, tables are counted and nothing else is written
        var pending = new PendingFrees(space.Geometry);
        _refcounts = new RefcountTable(space, metadata, isForRepair);
        _allocator = new ClusterAllocator(space, _refcounts, metadata, pending);
        var tables = new ActiveTables(space, l1, cache, _allocator, metadata, pending);
        _clusters = new ClusterWriter(space, map, tables, _allocator, metadata, reader);
        _eraser = new ClusterEraser(space, map, l1, cache, tables, hasBacking);
        _writer = new MetadataWriter(space, l1, cache, _refcounts, _allocator, pending, compressed);
        _resizer = new ImageResizer(space, l1, cache, _allocator, pending, _eraser, _writer);
    }

    /// <summary>Whether the header tells that the image is being written.</summary>
    public bool IsPrepared => _isPrepared;

    /// <summary>Whether a flush has more to do than to flush the file.</summary>
    public bool HasChanges => _hasChanges;

    /// <summary>The refcounts.</summary>
    public RefcountTable Refcounts => _refcounts;

    /// <summary>Whether entries alone can say that clusters are erased.</summary>
    public bool CanErase(Erasure erasure) => _eraser.CanErase(erasure);

    /// <summary>Writes the beginning of a range where it is; 0 when it has no clusters of its own. Under the read lock.</summary>
    public long TryWriteInPlace(long offset, IoVector source, long at) => _clusters.TryWriteInPlace(offset, source, at);

    /// <summary>Writes the next part of a vector. Returns its length.</summary>
    public long Write(long offset, IoVector source, long at) => Change(() => _clusters.Write(offset, source, at));

    /// <summary>Erases clusters. Returns where to go on.</summary>
    public long Erase(long first, long end, Erasure erasure) => Change(() => _eraser.Erase(first, end, erasure));

    /// <summary>Puts everything on stable storage.</summary>
    public long WriteOut()
    {
        if (_writer.HasChanges) _writer.WriteOut();
        else _space.File.Flush();
        _hasChanges = _writer.HasChanges;
        return 0;
    }

    /// <summary>Changes the size of the disk.</summary>
    public void Resize(long newSize, long backingLength) => Change(() =>
    {
        long oldSize = _space.Header.VirtualSize;
        _writer.WriteOut();
        if (newSize <= oldSize)
        {
            if (newSize < oldSize)
            {
                _resizer.SetSize(newSize);
                ClearTail(newSize);
            }

            _resizer.ForgetRest();
            return 0;
        }

        _resizer.MakeRoom(newSize);
        ClearNew(oldSize, newSize, backingLength);
        _writer.WriteOut();
        _resizer.SetSize(newSize);
        return 0;
    });

    /// <summary>Puts everything on stable storage, refcounts that have sunk too: the file is then what the image is.</summary>
    public void WriteAll()
    {
        _writer.WriteAll();
        _hasChanges = _writer.HasChanges;
    }

    /// <summary>Repairs.</summary>
    public void Repair(Qcow2RepairModes modes)
    {
        WriteAll();
        new ImageRepairer(_space, _l1, _refcounts, _writer).Run(modes);
        _cache.Reset();
        _allocator.Reset();
        _hasChanges = _writer.HasChanges;
    }

    /// <summary>Writes what is left, refcounts that have sunk too, and says in the header that the image is closed.</summary>
    public void Close()
    {
        _writer.WriteAll();
        if (!_isPrepared || !_space.Header.IsDirty) return;
        WriteFeatures(_space.Header.Incompatible & ~IncompatibleFeatures.Dirty, _space.Header.Autoclear);
    }

    /// <inheritdoc/>
    public void Dispose() => _clusters.Dispose();

    private long Change(Func<long> change)
    {
        Prepare();
        _hasChanges = true;
        try
        {
            _writer.MakeRoom();
            return change();
        }
        finally
        {
            _hasChanges = _writer.HasChanges;
        }
    }

    /// <summary>
    /// Takes back in the header, before the first write, what only holds for an image that nobody else has written: bitmaps and what else is marked to
    /// be cleared. With lazy refcounts it is marked as open too, though refcounts are in order here at any instant: after a crash the next one who
    /// opens it counts again, and so gets back the clusters that leaked.
    /// </summary>
    private void Prepare()
    {
        if (_isPrepared) return;
        Qcow2Header header = _space.Header;
        IncompatibleFeatures features = header.HasLazyRefcounts ? header.Incompatible | IncompatibleFeatures.Dirty : header.Incompatible;
        if (features != header.Incompatible || header.Autoclear != AutoclearFeatures.None) WriteFeatures(features, AutoclearFeatures.None);
        _isPrepared = true;
    }

    private void WriteFeatures(IncompatibleFeatures incompatible, AutoclearFeatures autoclear)
    {
        HeaderWriter.WriteFeatures(_space.File, incompatible, _space.Header.Compatible, autoclear);
        _space.File.Flush();
        (_space.Header.Incompatible, _space.Header.Autoclear) = (incompatible, autoclear);
    }

    /// <summary>Makes everything between the old end of the disk and the new one read as zero: the last cluster's rest, and what the image below has there.</summary>
    private void ClearNew(long oldSize, long newSize, long backingLength)
    {
        int size = _space.Geometry.ClusterSize;
        long firstWhole = (oldSize + size - 1) & -size;
        ZeroBytes(oldSize, Math.Min(firstWhole, newSize));
        long end = (newSize + size - 1) & -size;
        long below = Math.Max(firstWhole, (Math.Min(backingLength, newSize) + size - 1) & -size);
        if (_eraser.CanErase(Erasure.ZeroAndFree)) EraseAll(firstWhole, below, Erasure.ZeroAndFree);
        else ZeroBytes(firstWhole, Math.Min(newSize, backingLength));
        EraseAll(below, end, Erasure.Forget); // nothing to hide there, and so no tables that say so
    }

    private void EraseAll(long first, long end, Erasure erasure)
    {
        while (first < end)
        {
            _writer.MakeRoom();
            first = _eraser.Erase(first, end, erasure);
        }
    }

    /// <summary>
    /// Overwrites what the last cluster holds behind the disk's new end: other programs show it when they let the disk grow again. The smaller size
    /// is on stable storage before, so that no crash takes these bytes from a disk that still has them.
    /// </summary>
    private void ClearTail(long newSize)
    {
        int size = _space.Geometry.ClusterSize;
        long end = (newSize + size - 1) & -size;
        if (newSize < end && _map.Find(newSize, end - newSize).Kind is ClusterKind.Data or ClusterKind.Compressed) ZeroBytes(newSize, end);
    }

    private void ZeroBytes(long offset, long end)
    {
        using var zeroes = new IoBuffer(_space.Geometry.ClusterSize);
        using var vector = new IoVector();
        while (offset < end)
        {
            _writer.MakeRoom();
            int length = (int)Math.Min(end - offset, zeroes.Length - _space.Geometry.InCluster(offset));
            if (!_reader.ReadsZero(offset, length))
            {
                vector.Clear();
                vector.Add(zeroes, 0, length);
                _clusters.Write(offset, vector, 0);
            }

            offset += length;
        }
    }
}
