namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// Which clusters of the file hold tables in use. Data are never written over them, whatever an entry says: a hostile or damaged image would
/// let the guest write tables itself.
/// </summary>
internal sealed class MetadataMap(ImageSpace space, bool toleratesOverlaps)
{
    private readonly HashSet<long> _clusters = []; // changed under the write lock, read under the read lock

    /// <summary>Takes note of a table.</summary>
    /// <exception cref="ImageCorruptException">Another one lies there.</exception>
    public void Add(long offset, long length, string what)
    {
        long first = offset >> space.Geometry.ClusterBits;
        for (long cluster = first; cluster < first + space.Geometry.ClustersOf(length); cluster++)
        {
            if (!_clusters.Add(cluster) && !toleratesOverlaps) throw space.Corrupt($"{what} at {offset:#x} lies over another table.");
        }
    }

    /// <summary>Takes note of the tables that lead to data: the active ones, and those of snapshots.</summary>
    public void AddTables(L1Table l1)
    {
        if (l1.Count > 0) Add(l1.Offset, (long)l1.Count * sizeof(ulong), "the L1 table");
        for (int i = l1.NextSet(0); i < l1.Count; i = l1.NextSet(i + 1))
        {
            if (l1.TableOffset(i) is not 0 and var offset) Add(offset, space.Geometry.ClusterSize, "an L2 table");
        }

        SnapshotTable snapshots = SnapshotTable.Read(space);
        if (snapshots.Length > 0) Add(space.Header.SnapshotsOffset, snapshots.Length, "the snapshot table");
        foreach (SnapshotL1 snapshot in snapshots.Snapshots) Add(snapshot.Offset, (long)snapshot.Entries * sizeof(ulong), "the L1 table of a snapshot");
    }

    /// <summary>Forgets a cluster that was given back.</summary>
    public void Remove(long cluster) => _clusters.Remove(cluster);

    /// <summary>Whether a cluster holds a table.</summary>
    public bool Contains(long cluster) => _clusters.Contains(cluster);

    /// <summary>Lets data be written to a range of the file, or not.</summary>
    /// <exception cref="ImageCorruptException">A table lies there.</exception>
    public void CheckData(long host, long length)
    {
        long last = (host + length - 1) >> space.Geometry.ClusterBits;
        for (long cluster = host >> space.Geometry.ClusterBits; cluster <= last; cluster++)
        {
            if (_clusters.Contains(cluster)) throw space.Corrupt($"data at {host:#x} lie over a table.");
        }
    }
}
