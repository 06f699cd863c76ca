namespace KvmPS.Core.Block.Qcow2;

/// <summary>The active L1 table, which is in memory whole.</summary>
internal sealed class L1Table
{
    private readonly ImageSpace _space;
    private BigEndianTable _entries;
    private bool _isStored; // a new place has its content

    public L1Table(ImageSpace space)
    {
        _space = space;
        Qcow2Header header = space.Header;
        Offset = header.L1Offset;
        if (header.L1Entries < space.Geometry.TablesOf(header.VirtualSize))
            throw space.Corrupt($"its L1 table has {header.L1Entries} entries, too few for {header.VirtualSize} bytes.");
        if (header.L1Entries != 0) space.Checked(Offset, (long)header.L1Entries * sizeof(ulong), "the L1 table");
        _entries = new BigEndianTable(header.L1Entries);
        _entries.Load(space.File, Offset);
    }

    /// <summary>Where it lies in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>How many entries it has.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether the file has an older one.</summary>
    public bool IsDirty => HasMoved || _entries.IsDirty;

    /// <summary>Whether the header still points to the table's old place.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>An entry: where an L2 table lies, and <see cref="L2Entry.Copied"/>. FILE-CONTROLLED.</summary>
    public ulong this[int index]
    {
        get => _entries[index];
        set => _entries[index] = value;
    }

    /// <summary>Where an entry points; 0 for nowhere.</summary>
    /// <exception cref="ImageCorruptException">To no cluster of the file.</exception>
    public long TableOffset(int index)
    {
        long offset = (long)(_entries[index] & L2Entry.OffsetMask);
        return offset == 0 ? 0 : _space.Checked(offset, "an L2 table");
    }

    /// <summary>The index of the first entry from one on that is not zero; <see cref="Count"/> when all are.</summary>
    public int NextSet(int index) => _entries.NextSet(index);

    /// <summary>Moves to a place with room for more entries.</summary>
    public void MoveTo(long offset, int count)
    {
        var larger = new BigEndianTable(count);
        larger.CopyFrom(_entries);
        _entries = larger;
        Offset = offset;
        HasMoved = true;
        _isStored = false;
    }

    /// <summary>Writes a table that has moved, all of it: nothing points to it yet.</summary>
    public void StoreMoved()
    {
        if (HasMoved && !_isStored) _entries.Store(_space.File, Offset);
    }

    /// <summary>Notes that a table that has moved is on stable storage.</summary>
    public void MarkStored()
    {
        if (!HasMoved || _isStored) return;
        _isStored = true;
        _entries.MarkClean();
    }

    /// <summary>Writes what has changed, and points the header to a new place.</summary>
    public void StoreChanges()
    {
        _entries.StoreChanges(_space.File, Offset);
        if (HasMoved) HeaderWriter.WriteL1(_space.File, _space.Header.VirtualSize, Count, Offset);
    }

    /// <summary>Notes that everything is on stable storage.</summary>
    public void MarkClean()
    {
        _entries.MarkClean();
        HasMoved = false;
        _space.Header.L1Offset = Offset;
        _space.Header.L1Entries = Count;
    }
}
