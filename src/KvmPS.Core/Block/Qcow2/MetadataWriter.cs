namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// Brings what has changed in the tables to stable storage, in an order that leaves the image whole at any instant. Under the image's write lock.
/// </summary>
/// <remarks>
/// Between two flushes storage may do writes in any order, in part, or never. The rule is therefore: <i>nothing points to what is not on stable
/// storage yet, and nothing is taken back that stable storage may still point to.</i> Data go to the file at once; all tables change in memory
/// only, until the guest flushes or too many have changed. Then:
/// <list type="number">
/// <item>Refcount blocks, new L2 tables, and an L1 or refcount table that has moved are written: no stable table points to the new ones, and a
/// refcount in memory is never below what stable storage refers to, before or after. Flush: with them, all data written before are stable.</item>
/// <item>The refcount table's entries, or the header's pointer to it. Flush: every cluster that is about to be referred to is counted now.</item>
/// <item>L2 and L1 entries, or the header's pointer to L1: in any order and torn anywhere between them, since each entry, old or new,
/// points to something whole. Flush.</item>
/// <item>Only now are references dropped in memory for what the entries pointed to before. A cluster that gets free by it may be used at
/// once: no stable table refers to it, and the next one that does is written after its refcount again.</item>
/// </list>
/// A crash so loses at most the steps that were not done: clusters counted and not referred to, which are leaks. After an error everything
/// stays marked as changed, and the next attempt begins at the first step.
/// </remarks>
internal sealed class MetadataWriter(
    ImageSpace space, L1Table l1, L2Cache cache, RefcountTable refcounts, ClusterAllocator allocator, PendingFrees pending, CompressedClusters compressed)
{
    /// <summary>Whether stable storage lacks something that the guest's data need.</summary>
    public bool HasChanges => cache.HasChanges || l1.IsDirty || refcounts.IsTableDirty || !pending.IsEmpty;

    /// <summary>Writes everything that has changed when there is much of it: before an operation, which then begins with room.</summary>
    public void MakeRoom()
    {
        if (cache.IsCrowded || pending.IsCrowded || refcounts.IsCrowded) WriteOut();
    }

    /// <summary>Writes everything that has changed. Refcounts that have only sunk since the last time may stay in memory.</summary>
    public void WriteOut()
    {
        StoreTargets();
        if (refcounts.IsTableDirty)
        {
            refcounts.StoreTable();
            space.File.Flush();
            refcounts.MarkTableClean();
        }

        if (cache.HasChanges || l1.IsDirty)
        {
            cache.StoreChanges();
            l1.StoreChanges();
            space.File.Flush();
            cache.MarkClean();
            l1.MarkClean();
        }

        DropReferences();
    }

    /// <summary>Writes everything, refcounts that have sunk too.</summary>
    public void WriteAll()
    {
        if (HasChanges) WriteOut();
        if (refcounts.HasDirtyBlocks) StoreTargets();
    }

    private void StoreTargets()
    {
        refcounts.StoreBlocks();
        cache.StoreNew();
        l1.StoreMoved();
        space.File.Flush();
        refcounts.MarkBlocksClean();
        cache.MarkNewClean();
        l1.MarkStored();
    }

    private void DropReferences()
    {
        if (pending.IsEmpty) return;
        compressed.Forget();
        List<long> clusters = pending.Take();
        long hole = 0;
        long end = 0;
        int done = 0;
        try
        {
            for (; done < clusters.Count; done++)
            {
                if (refcounts.IsCrowded) StoreTargets();
                long cluster = clusters[done];
                if (!allocator.Release(cluster)) continue;
                if (cluster != end)
                {
                    Punch(hole, end);
                    hole = cluster;
                }

                end = cluster + 1;
            }
        }
        finally
        {
            Punch(hole, end);
            pending.Restore(clusters, done);
        }
    }

    private void Punch(long first, long end)
    {
        if (first == end) return;
        int bits = space.Geometry.ClusterBits;
        try
        {
            space.File.PunchHole(first << bits, (end - first) << bits);
        }
        catch (IOException)
        {
            // The clusters are free all the same; only their room stays with the file.
        }
    }
}
