namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// The refcounts of all clusters: the table, and the blocks that were needed last. Under the image's write lock only. What is counted in memory
/// is never less than what the file's tables refer to, on stable storage or on the way there; so blocks may be written at any time.
/// </summary>
internal sealed class RefcountTable
{
    private const int CacheBytes = 1 << 20;
    private const int LeastBlocks = 8;

    private readonly ImageSpace _space;
    private readonly MetadataMap _metadata;
    private readonly Dictionary<long, RefcountBlock> _blocks = [];
    private readonly int _capacity;
    private BigEndianTable _table;
    private long _offset;
    private int _clusters; // at its place
    private bool _hasMoved; // the header points to its old place
    private bool _isStored; // the new place has its content

    public RefcountTable(ImageSpace space, MetadataMap metadata, bool isForRepair)
    {
        _space = space;
        _metadata = metadata;
        Qcow2Header header = space.Header;
        _capacity = Math.Max(LeastBlocks, CacheBytes >> space.Geometry.ClusterBits);
        _offset = header.RefcountTableOffset;
        _clusters = header.RefcountTableClusters;
        try
        {
            _table = Load();
        }
        catch (ImageCorruptException) when (isForRepair)
        {
            _table = new BigEndianTable(0);
            IsUnusable = true;
        }
    }

    /// <summary>Whether the refcounts cannot even be found: only <see cref="StartOver"/> helps.</summary>
    public bool IsUnusable { get; private set; }

    /// <summary>Whether blocks have changed.</summary>
    public bool HasDirtyBlocks => DirtyBlocks > 0;

    /// <summary>Whether so many blocks have changed that they should be written.</summary>
    public bool IsCrowded => DirtyBlocks >= Math.Max(LeastBlocks / 2, _capacity / 2);

    /// <summary>Whether the table has changed.</summary>
    public bool IsTableDirty => _hasMoved || _table.IsDirty;

    private int DirtyBlocks { get; set; }

    private int BlockEntries => 1 << _space.Geometry.BlockEntriesBits;

    /// <summary>A cluster's refcount.</summary>
    public ulong Get(long cluster) => Block(cluster >> _space.Geometry.BlockEntriesBits) is { } block ? block[(int)(cluster & (BlockEntries - 1))] : 0;

    /// <summary>Sets the refcount of a cluster that has a block.</summary>
    public void Set(long cluster, ulong count)
    {
        RefcountBlock block = Block(cluster >> _space.Geometry.BlockEntriesBits) ?? throw _space.Corrupt($"cluster {cluster} has no refcount.");
        if (!block.IsDirty) DirtyBlocks++;
        block[(int)(cluster & (BlockEntries - 1))] = count;
    }

    /// <summary>Whether there is a block for a cluster's refcount.</summary>
    public bool Covers(long cluster)
    {
        long index = cluster >> _space.Geometry.BlockEntriesBits;
        return index < _table.Count && BlockOffset((int)index) != 0;
    }

    /// <summary>Whether the table has an entry for a block with a cluster's refcount.</summary>
    public bool Reaches(long cluster) => cluster >> _space.Geometry.BlockEntriesBits < _table.Count;

    /// <summary>How many clusters the table needs to reach a cluster, with room to grow.</summary>
    /// <exception cref="IOException">More than the format allows.</exception>
    public int ClustersToReach(long cluster)
    {
        const int Most = Qcow2Header.MostRefcountTableBytes;
        long bytes = ((cluster >> _space.Geometry.BlockEntriesBits) + 1) * sizeof(ulong);
        if (bytes > Most) throw new IOException($"'{_space.File.Name}' is as large as an image with its cluster size can be.");
        return (int)_space.Geometry.ClustersOf(Math.Min(Most, Math.Max(bytes + (bytes / 2), (long)_table.Count * sizeof(ulong) * 3 / 2)));
    }

    /// <summary>The blocks that exist, by their index.</summary>
    public IEnumerable<RefcountBlock> Blocks
    {
        get
        {
            for (int i = _table.NextSet(0); i < _table.Count; i = _table.NextSet(i + 1))
            {
                if (Block(i) is { } block) yield return block;
            }
        }
    }

    /// <summary>The places of the table and its blocks: offset and bytes.</summary>
    public IEnumerable<(long Offset, long Length)> Places
    {
        get
        {
            if (_clusters != 0) yield return (_offset, (long)_clusters << _space.Geometry.ClusterBits);
            for (int i = _table.NextSet(0); i < _table.Count; i = _table.NextSet(i + 1))
            {
                if (BlockOffset(i) is not 0 and var offset) yield return (offset, _space.Geometry.ClusterSize);
            }
        }
    }

    /// <summary>Forgets all refcounts, and begins with an empty table that reaches a cluster. <see cref="MoveTo"/> must follow.</summary>
    /// <returns>How many clusters the table needs.</returns>
    public int StartOver(long cluster)
    {
        _blocks.Clear();
        DirtyBlocks = 0;
        IsUnusable = false;
        _table = new BigEndianTable(0);
        int clusters = ClustersToReach(cluster);
        Widen(clusters);
        return clusters;
    }

    /// <summary>The first cluster behind all that have a refcount: from there on everything is free.</summary>
    public long CoveredEnd
    {
        get
        {
            int last = _table.Count - 1;
            while (last >= 0 && _table[last] == 0) last--;
            return (last + 1L) << _space.Geometry.BlockEntriesBits;
        }
    }

    /// <summary>Makes a cluster that is not in use the block for the refcounts around another, or around itself. Its own is to be set then.</summary>
    public void AddBlock(long counted, long cluster)
    {
        long index = counted >> _space.Geometry.BlockEntriesBits;
        long offset = cluster << _space.Geometry.ClusterBits;
        MakeRoom();
        var block = new RefcountBlock(index, offset, _space.Geometry);
        block.MarkNew();
        DirtyBlocks++;
        _metadata.Add(offset, _space.Geometry.ClusterSize, "a refcount block");
        _blocks[index] = block;
        _table[(int)index] = (ulong)offset;
        _space.ExtendTo(offset + _space.Geometry.ClusterSize);
    }

    /// <summary>Gives the table more entries in memory. <see cref="MoveTo"/> must follow.</summary>
    public void Widen(int clusters)
    {
        var larger = new BigEndianTable((int)(((long)clusters << _space.Geometry.ClusterBits) / sizeof(ulong)));
        larger.CopyFrom(_table);
        _table = larger;
    }

    /// <summary>Takes the table's new place. Returns its old one.</summary>
    public (long Offset, int Clusters) MoveTo(long offset, int clusters)
    {
        (long, int) old = (_offset, _clusters);
        (_offset, _clusters, _hasMoved, _isStored) = (offset, clusters, true, false);
        return old;
    }

    /// <summary>Writes changed blocks, and all of a table that has moved: nothing points to it yet.</summary>
    public void StoreBlocks()
    {
        foreach (RefcountBlock block in _blocks.Values) block.StoreChanges(_space.File);
        if (_hasMoved && !_isStored) _table.Store(_space.File, _offset);
    }

    /// <summary>Notes that the blocks, and a table that has moved, are on stable storage.</summary>
    public void MarkBlocksClean()
    {
        foreach (RefcountBlock block in _blocks.Values) block.MarkClean();
        DirtyBlocks = 0;
        if (!_hasMoved || _isStored) return;
        _isStored = true;
        _table.MarkClean();
    }

    /// <summary>Writes the table's changed entries, whose blocks are on stable storage, and points the header to its new place.</summary>
    public void StoreTable()
    {
        _table.StoreChanges(_space.File, _offset);
        if (_hasMoved) HeaderWriter.WriteRefcountTable(_space.File, _offset, _clusters);
    }

    /// <summary>Notes that the table is on stable storage.</summary>
    public void MarkTableClean()
    {
        _table.MarkClean();
        _hasMoved = false;
        _space.Header.RefcountTableOffset = _offset;
        _space.Header.RefcountTableClusters = _clusters;
    }

    private BigEndianTable Load()
    {
        long length = (long)_clusters << _space.Geometry.ClusterBits;
        if (length == 0) throw _space.Corrupt("it has no refcount table.");
        _space.Checked(_offset, length, "the refcount table");
        _table = new BigEndianTable((int)(length / sizeof(ulong)));
        _table.Load(_space.File, _offset);
        _metadata.Add(_offset, length, "the refcount table");
        for (int i = _table.NextSet(0); i < _table.Count; i = _table.NextSet(i + 1)) _metadata.Add(BlockOffset(i), _space.Geometry.ClusterSize, "a refcount block");
        return _table;
    }

    private RefcountBlock? Block(long index)
    {
        if (_blocks.TryGetValue(index, out RefcountBlock? block)) return block;
        if (index >= _table.Count) return null;
        long offset = BlockOffset((int)index);
        if (offset == 0) return null;
        MakeRoom();
        block = new RefcountBlock(index, offset, _space.Geometry);
        block.Load(_space.File);
        _blocks.Add(index, block);
        return block;
    }

    private long BlockOffset(int index)
    {
        long offset = (long)(_table[index] & ~(ulong)(ClusterGeometry.SectorSize - 1));
        return offset == 0 ? 0 : _space.Checked(offset, "a refcount block");
    }

    /// <summary>Drops blocks that need not be written.</summary>
    private void MakeRoom()
    {
        if (_blocks.Count < _capacity) return;
        foreach (RefcountBlock block in _blocks.Values)
        {
            if (!block.IsDirty) _blocks.Remove(block.Index);
        }
    }
}
