namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// The L2 tables in memory. Looking one up takes one array access. Tables are loaded and dropped under the image's read lock by any thread; they
/// are changed under its write lock alone.
/// </summary>
/// <remarks>A table that is dropped while another thread looks at it stays right for that thread: nothing changes tables before it lets go of its lock.</remarks>
internal sealed class L2Cache
{
    private const long LeastBytes = 1 << 20;
    private const long MostBytes = 16 << 20;
    private const long CoveredBytes = 8L << 30; // of the disk, where that costs no more than the most
    private const int LeastTables = 4;

    private readonly ImageSpace _space;
    private readonly L1Table _l1;
    private readonly Lock _loading = new();
    private readonly List<L2Table> _ring = [];
    private readonly List<L2Table> _changed = []; // under the write lock only
    private L2Table?[] _tables;
    private int _hand;

    public L2Cache(ImageSpace space, L1Table l1)
    {
        _space = space;
        _l1 = l1;
        _tables = new L2Table?[l1.Count];
        long covering = (CoveredBytes >> space.Geometry.TableSpanBits) << space.Geometry.ClusterBits;
        Capacity = (int)Math.Max(LeastTables, Math.Clamp(covering, LeastBytes, MostBytes) >> space.Geometry.ClusterBits);
    }

    /// <summary>How many tables it holds when it need not hold more.</summary>
    public int Capacity { get; }

    /// <summary>Whether tables have changed. Under the write lock.</summary>
    public bool HasChanges => _changed.Count > 0;

    /// <summary>Whether so many have changed that there is little room for others. Under the write lock.</summary>
    public bool IsCrowded => _changed.Count >= Capacity / 2;

    /// <summary>The table of an L1 entry when it is in memory.</summary>
    public L2Table? Find(int l1Index)
    {
        L2Table? table = Volatile.Read(ref _tables[l1Index]);
        if (table is { WasUsed: false }) table.WasUsed = true;
        return table;
    }

    /// <summary>The table of an L1 entry, from the file when it must be; null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read, or its place is impossible.</exception>
    public L2Table? Get(int l1Index) => Find(l1Index) ?? Load(l1Index);

    /// <summary>Takes a table that the file has not. Under the write lock.</summary>
    public void Put(L2Table table)
    {
        lock (_loading)
        {
            if (_tables[table.L1Index] is { } old)
            {
                _ring.Remove(old);
                _changed.Remove(old);
            }

            Keep(table);
            _changed.Add(table);
        }
    }

    /// <summary>Changes an entry. Under the write lock.</summary>
    public void Set(L2Table table, int index, L2Entry entry)
    {
        if (!table.IsPinned) _changed.Add(table);
        table.Entries[index] = entry.Raw;
    }

    /// <summary>Forgets the table of an L1 entry. Under the write lock.</summary>
    public void Remove(int l1Index)
    {
        lock (_loading)
        {
            if (_tables[l1Index] is not { } table) return;
            _ring.Remove(table);
            _changed.Remove(table);
            _tables[l1Index] = null;
        }
    }

    /// <summary>Forgets all tables: the file has others. Under the write lock, with nothing to write.</summary>
    public void Reset()
    {
        lock (_loading)
        {
            _ring.Clear();
            Array.Clear(_tables);
        }
    }

    /// <summary>Takes the L1 table's new size. Under the write lock.</summary>
    public void Resize()
    {
        lock (_loading) Array.Resize(ref _tables, _l1.Count);
    }

    /// <summary>Writes the tables that the file has not: nothing points to them yet.</summary>
    public void StoreNew()
    {
        foreach (L2Table table in _changed)
        {
            if (table.IsNew) table.Entries.Store(_space.File, table.Offset);
        }
    }

    /// <summary>Notes that they are on stable storage.</summary>
    public void MarkNewClean()
    {
        foreach (L2Table table in _changed)
        {
            if (!table.IsNew) continue;
            table.IsNew = false;
            table.Entries.MarkClean();
        }

        _changed.RemoveAll(static table => !table.IsPinned);
    }

    /// <summary>Writes changed entries: all that they refer to is on stable storage.</summary>
    public void StoreChanges()
    {
        foreach (L2Table table in _changed) table.Entries.StoreChanges(_space.File, table.Offset);
    }

    /// <summary>Notes that they are on stable storage.</summary>
    public void MarkClean()
    {
        foreach (L2Table table in _changed) table.Entries.MarkClean();
        _changed.Clear();
    }

    private L2Table? Load(int l1Index)
    {
        long offset = _l1.TableOffset(l1Index);
        if (offset == 0) return null;
        lock (_loading)
        {
            if (_tables[l1Index] is { } loaded) return loaded;
            var entries = new BigEndianTable(_space.Geometry.TableEntries);
            entries.Load(_space.File, offset);
            var table = new L2Table(l1Index, offset, entries);
            Keep(table);
            return table;
        }
    }

    private void Keep(L2Table table)
    {
        if (_ring.Count >= Capacity) DropOne();
        _ring.Add(table);
        Volatile.Write(ref _tables[table.L1Index], table);
    }

    /// <summary>Drops a table that nobody looked at since the hand came by last; none when all are waiting to be written.</summary>
    private void DropOne()
    {
        for (int left = _ring.Count * 2; left > 0; left--)
        {
            if (_hand >= _ring.Count) _hand = 0;
            L2Table table = _ring[_hand];
            if (table.IsPinned || table.WasUsed)
            {
                table.WasUsed = false;
                _hand++;
                continue;
            }

            _ring[_hand] = _ring[^1];
            _ring.RemoveAt(_ring.Count - 1);
            _tables[table.L1Index] = null;
            return;
        }
    }
}
