namespace KvmPS.Core.Block.Qcow2;

/// <summary>Compares what the tables of an image refer to with what its refcounts and flags say. Nothing else uses the image meanwhile.</summary>
internal sealed class ImageChecker(ImageSpace space, L1Table l1, RefcountTable refcounts)
{
    /// <summary>What was found.</summary>
    public CheckReport Report { get; } = new();

    /// <summary>How often each cluster is used, with the refcounts' own.</summary>
    public ReferenceCounts Used { get; private set; } = new();

    /// <summary>Clusters whose refcounts are wrong, with what they should be. A hundred million leaks in a hostile file are told, not kept.</summary>
    public IEnumerable<(long Cluster, ulong Counted, ulong Used)> WrongRefcounts()
    {
        foreach ((long cluster, ulong used) in Used.Used)
        {
            ulong counted = refcounts.Get(cluster);
            if (counted < used) yield return (cluster, counted, used);
        }

        foreach (RefcountBlock block in refcounts.Blocks)
        {
            if (block.IsEmpty) continue;
            int entries = 1 << space.Geometry.BlockEntriesBits;
            for (int i = 0; i < entries; i++)
            {
                long cluster = (block.Index << space.Geometry.BlockEntriesBits) + i;
                ulong counted = block[i];
                if (counted != 0 && Used[cluster] is var used && counted > used) yield return (cluster, counted, used);
            }
        }
    }

    /// <summary>Checks everything.</summary>
    public CheckReport Run()
    {
        var scan = new ReferenceScan(space, l1, Report);
        scan.Run();
        Used = scan.Counts;
        if (refcounts.IsUnusable)
        {
            Report.AddCorruption("its refcounts cannot be found.");
            return Report;
        }

        foreach ((long offset, long length) in refcounts.Places) scan.CountTable(offset, length, "the refcounts");
        foreach ((long cluster, ulong counted, ulong used) in WrongRefcounts()) Report.AddRefcount(cluster, counted, used);
        foreach (string problem in WrongFlags(fix: false)) Report.AddFlag(problem);
        return Report;
    }

    /// <summary>Looks at the flags of the active tables that say whose clusters are the disk's own, and puts them right when told so.</summary>
    public IEnumerable<string> WrongFlags(bool fix)
    {
        for (int i = l1.NextSet(0); i < l1.Count; i = l1.NextSet(i + 1))
        {
            long offset = (long)(l1[i] & L2Entry.OffsetMask);
            if (offset == 0 || !space.Geometry.IsAligned(offset) || offset >= space.End) continue;
            if (IsWrong(l1[i], offset))
            {
                yield return $"the L1 entry {l1[i]:#x} says of its table what its refcount does not.";
                if (fix) l1[i] ^= L2Entry.Copied;
            }

            var table = new BigEndianTable(space.Geometry.TableEntries);
            table.Load(space.File, offset);
            for (int j = table.NextSet(0); j < table.Count; j = table.NextSet(j + 1))
            {
                var entry = new L2Entry(table[j]);
                bool isWrong = entry.IsCompressed ? entry.IsCopied && fix : entry.Host != 0 && IsWrong(entry.Raw, entry.Host);
                if (!isWrong) continue;
                yield return $"the L2 entry {entry.Raw:#x} says of its cluster what its refcount does not.";
                if (fix) table[j] ^= L2Entry.Copied;
            }

            table.StoreChanges(space.File, offset);
        }
    }

    private bool IsWrong(ulong entry, long offset) =>
        (refcounts.Get(offset >> space.Geometry.ClusterBits) == 1) != ((entry & L2Entry.Copied) != 0);
}
