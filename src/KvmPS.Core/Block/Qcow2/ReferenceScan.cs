namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// Walks all tables of an image and counts what they refer to. Each table is read once, however often the file points to it: the time is
/// bounded by what the file holds.
/// </summary>
internal sealed class ReferenceScan(ImageSpace space, L1Table l1, CheckReport report)
{
    private readonly Dictionary<long, ulong> _tables = []; // L2 tables: how many L1 entries point to each
    private readonly HashSet<long> _active = []; // those of the disk itself

    private ClusterGeometry Geometry => space.Geometry;

    /// <summary>The counts.</summary>
    public ReferenceCounts Counts { get; } = new();

    /// <summary>Counts everything but the refcounts' own clusters.</summary>
    public void Run()
    {
        Count(0, Geometry.ClusterSize, 1);
        if (l1.Count > 0) CountTable(l1.Offset, (long)l1.Count * sizeof(ulong), "the L1 table");
        for (int i = l1.NextSet(0); i < l1.Count; i = l1.NextSet(i + 1)) TakeL1Entry(l1[i], isActive: true);
        ScanSnapshots();
        foreach ((long offset, ulong times) in _tables) ScanTable(offset, times, _active.Contains(offset));
        if (space.Header.Autoclear.HasFlag(AutoclearFeatures.Bitmaps) && space.Header.Bitmaps is { } bitmaps) new BitmapScan(space, this, report).Run(bitmaps);
    }

    /// <summary>Counts a table of some clusters. False when something else lies there, which a walk over it could not trust.</summary>
    public bool CountTable(long offset, long length, string what)
    {
        if (!Geometry.IsAligned(offset) || offset <= 0 || offset >= space.End || length > space.End - offset)
        {
            report.AddCorruption($"{what} at {offset:#x} is not in the file.");
            return false;
        }

        if (Count(offset, length, 1)) return true;
        report.AddCorruption($"{what} at {offset:#x} lies over something else.");
        return false;
    }

    private void ScanSnapshots()
    {
        try
        {
            SnapshotTable snapshots = SnapshotTable.Read(space);
            if (snapshots.Length > 0) CountTable(space.Header.SnapshotsOffset, snapshots.Length, "the snapshot table");
            foreach (SnapshotL1 snapshot in snapshots.Snapshots)
            {
                if (!CountTable(snapshot.Offset, (long)snapshot.Entries * sizeof(ulong), "the L1 table of a snapshot")) continue;
                var entries = new BigEndianTable(snapshot.Entries);
                entries.Load(space.File, snapshot.Offset);
                for (int i = entries.NextSet(0); i < entries.Count; i = entries.NextSet(i + 1)) TakeL1Entry(entries[i], isActive: false);
            }
        }
        catch (ImageCorruptException damage)
        {
            report.AddCorruption(damage.Message);
        }
    }

    private void TakeL1Entry(ulong entry, bool isActive)
    {
        long offset = (long)(entry & L2Entry.OffsetMask);
        if (offset == 0) return;
        if ((entry & ~(L2Entry.Copied | L2Entry.OffsetMask)) != 0) report.AddCorruption($"the L1 entry {entry:#x} has bits that mean nothing.");
        if (!Geometry.IsAligned(offset) || offset >= space.End)
        {
            report.AddCorruption($"the L2 table at {offset:#x} is not in the file.");
            return;
        }

        if (isActive && !_active.Add(offset)) report.AddCorruption($"two L1 entries point to the L2 table at {offset:#x}.");
        _tables[offset] = _tables.GetValueOrDefault(offset) + 1;
    }

    private void ScanTable(long offset, ulong times, bool isActive)
    {
        Count(offset, Geometry.ClusterSize, times);
        var entries = new BigEndianTable(Geometry.TableEntries);
        entries.Load(space.File, offset);
        for (int i = entries.NextSet(0); i < entries.Count; i = entries.NextSet(i + 1))
        {
            var entry = new L2Entry(entries[i]);
            if (isActive && (entry.IsCompressed || (entry.Host != 0 && !entry.IsZero))) report.AllocatedClusters++;
            if (isActive && entry.IsCompressed) report.CompressedClusters++;
            if (entry.IsCompressed) CountCompressed(entry, times);
            else CountStandard(entry, times);
        }
    }

    private void CountCompressed(L2Entry entry, ulong times)
    {
        long host = entry.CompressedHost(Geometry);
        if (entry.IsCopied) report.AddFlag($"the compressed cluster at {host:#x} is marked as the disk's own.");
        if (host >= space.End) report.AddCorruption($"the compressed cluster at {host:#x} is not in the file.");
        else Count(host, entry.CompressedLength(Geometry), times);
    }

    private void CountStandard(L2Entry entry, ulong times)
    {
        if ((entry.Raw & L2Entry.Reserved) != 0) report.AddCorruption($"the L2 entry {entry.Raw:#x} has bits that mean nothing.");
        if (entry.IsZero && space.Header.Version < 3) report.AddCorruption($"the L2 entry {entry.Raw:#x} has the zero flag, which version 2 has not.");
        if (entry.Host == 0) return;
        if (!Geometry.IsAligned(entry.Host) || entry.Host >= space.End) report.AddCorruption($"the data cluster at {entry.Host:#x} is not in the file.");
        else Count(entry.Host, Geometry.ClusterSize, times);
    }

    /// <summary>Adds references to all clusters that a range touches. False when one of them had some.</summary>
    private bool Count(long offset, long length, ulong times)
    {
        bool isFirst = true;
        long last = (offset + length - 1) >> Geometry.ClusterBits;
        for (long cluster = offset >> Geometry.ClusterBits; cluster <= last; cluster++) isFirst &= Counts.Add(cluster, times) == times;
        return isFirst;
    }
}
