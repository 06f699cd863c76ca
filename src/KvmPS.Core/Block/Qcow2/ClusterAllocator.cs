namespace KvmPS.Core.Block.Qcow2;

/// <summary>Finds free clusters and takes them. Under the image's write lock only.</summary>
internal sealed class ClusterAllocator(ImageSpace space, RefcountTable refcounts, MetadataMap metadata, PendingFrees pending)
{
    private long _cursor; // no cluster before this one is free

    private ClusterGeometry Geometry => space.Geometry;

    /// <summary>Takes the first free cluster, and those behind it as far as they are free.</summary>
    /// <param name="most">How many are wanted, at least one.</param>
    /// <param name="count">How many were taken.</param>
    /// <returns>The first one's offset.</returns>
    /// <exception cref="IOException">The refcounts cannot be read or are wrong, or the image is as large as it can be.</exception>
    public long Allocate(int most, out int count)
    {
        long first = NextFree(_cursor);
        count = 1;
        while (count < most && IsCountedFree(first + count)) count++;
        _cursor = first + count;
        Take(first, count);
        return first << Geometry.ClusterBits;
    }

    /// <summary>Takes clusters that lie side by side.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">The table that they are for.</param>
    /// <returns>The first one's offset.</returns>
    public long AllocateTable(int count, string what)
    {
        long first = count == 1 ? NextFree(_cursor) : FindRun(count);
        Take(first, count);
        long offset = first << Geometry.ClusterBits;
        metadata.Add(offset, (long)count << Geometry.ClusterBits, what);
        return offset;
    }

    /// <summary>Gives back clusters that nothing on stable storage refers to and nothing will.</summary>
    public void GiveBack(long offset, int count)
    {
        long first = offset >> Geometry.ClusterBits;
        for (long cluster = first; cluster < first + count; cluster++) Release(cluster);
    }

    /// <summary>Takes one reference from a cluster. True when it was the last one.</summary>
    public bool Release(long cluster)
    {
        ulong count = refcounts.Get(cluster);
        if (count == 0) return false; // the image was wrong about it; what a check finds
        refcounts.Set(cluster, count - 1);
        if (count > 1) return false;
        metadata.Remove(cluster);
        _cursor = Math.Min(_cursor, cluster);
        return true;
    }

    /// <summary>Searches from the beginning the next time: refcounts were changed.</summary>
    public void Reset() => _cursor = 0;

    private long NextFree(long from)
    {
        while (!IsFree(from)) from++;
        return from;
    }

    /// <summary>Whether a cluster may be taken. Where no refcount block stands yet, the cluster itself becomes the block, and is not free.</summary>
    private bool IsFree(long cluster)
    {
        if (refcounts.Covers(cluster)) return IsCountedFree(cluster);
        if (!refcounts.Reaches(cluster)) GrowTable(cluster);
        if (refcounts.Covers(cluster)) return IsCountedFree(cluster);
        if (metadata.Contains(cluster)) throw space.Corrupt($"cluster {cluster} holds a table and has no refcount.");
        refcounts.AddBlock(cluster, cluster);
        refcounts.Set(cluster, 1);
        return false;
    }

    private bool IsCountedFree(long cluster)
    {
        if (!refcounts.Covers(cluster) || refcounts.Get(cluster) != 0) return false;
        return !metadata.Contains(cluster) ? true : throw space.Corrupt($"its refcounts call cluster {cluster} free, which holds a table.");
    }

    /// <summary>Finds room for a large table: among the clusters that are counted, or behind them, after the blocks that count it.</summary>
    private long FindRun(int count)
    {
        long covered = refcounts.CoveredEnd;
        long found = 0;
        for (long cluster = _cursor; cluster < covered; cluster++)
        {
            found = IsCountedFree(cluster) ? found + 1 : 0;
            if (found == count) return cluster - count + 1;
        }

        int inBlock = 1 << Geometry.BlockEntriesBits;
        long blocks = 1;
        while (blocks * inBlock < blocks + count) blocks++;
        while (!refcounts.Reaches(refcounts.CoveredEnd + blocks + count)) GrowTable(refcounts.CoveredEnd + blocks + count);
        long first = refcounts.CoveredEnd;
        for (long i = 0; i < blocks; i++) refcounts.AddBlock(first + (i * inBlock), first + i);
        for (long i = 0; i < blocks; i++) refcounts.Set(first + i, 1);
        return first + blocks;
    }

    /// <summary>Moves the refcount table to a larger place. It is widened first, so that the place itself can be counted.</summary>
    private void GrowTable(long cluster)
    {
        int clusters = refcounts.ClustersToReach(cluster);
        refcounts.Widen(clusters);
        long place = AllocateTable(clusters, "the refcount table");
        (long offset, int count) = refcounts.MoveTo(place, clusters);
        pending.Add(offset, count);
    }

    private void Take(long first, int count)
    {
        for (long cluster = first; cluster < first + count; cluster++) refcounts.Set(cluster, 1);
        space.ExtendTo((first + count) << Geometry.ClusterBits);
    }
}
