namespace KvmPS.Core.Block.Qcow2;

/// <summary>
/// Puts refcounts and flags right by what the tables refer to. Each step leaves the image no worse: first counts rise, then those of leaks sink, and
/// flags are set by them last. Under the image's write lock, with nothing of the guest's in memory.
/// </summary>
internal sealed class ImageRepairer(ImageSpace space, L1Table l1, RefcountTable refcounts, MetadataWriter writer)
{
    /// <summary>Repairs. The header's marks are cleared when nothing that they warn of is left.</summary>
    public void Run(Qcow2RepairModes modes)
    {
        var checker = new ImageChecker(space, l1, refcounts);
        checker.Run();
        if (modes.HasFlag(Qcow2RepairModes.Refcounts))
        {
            bool hasGaps = refcounts.IsUnusable || checker.Used.Used.Any(used => !refcounts.Covers(used.Cluster));
            if (hasGaps)
            {
                Rebuild();
                checker = new ImageChecker(space, l1, refcounts);
                checker.Run();
            }

            Correct(checker, isRaise: true);
        }

        if (refcounts.IsUnusable) return;
        if (modes.HasFlag(Qcow2RepairModes.Leaks)) Correct(checker, isRaise: false);
        if (modes.HasFlag(Qcow2RepairModes.Copied)) FixFlags(checker);
        ClearMarks();
    }

    private void Correct(ImageChecker checker, bool isRaise)
    {
        foreach ((long cluster, ulong counted, ulong used) in checker.WrongRefcounts().ToList())
        {
            if (counted < used != isRaise) continue;
            if (used > space.Geometry.MostReferences) throw space.Corrupt($"cluster {cluster} is used {used} times, which no refcount of {space.Geometry.RefcountBits} bits can say.");
            refcounts.Set(cluster, used);
            writer.MakeRoom();
        }

        writer.WriteAll();
    }

    private void FixFlags(ImageChecker checker)
    {
        if (checker.WrongFlags(fix: true).Count() == 0) return;
        space.File.Flush();
        writer.WriteOut();
    }

    /// <summary>Makes refcounts anew behind the end of the file, and points the header to them when they are complete.</summary>
    private void Rebuild()
    {
        var scan = new ReferenceScan(space, l1, new CheckReport());
        scan.Run();
        long next = space.End >> space.Geometry.ClusterBits;
        int inBlock = 1 << space.Geometry.BlockEntriesBits;
        List<(long Cluster, ulong Count)> used = scan.Counts.Used.ToList();
        long mostBlocks = used.Select(one => one.Cluster >> space.Geometry.BlockEntriesBits).Distinct().Count() + 2;
        int clusters = refcounts.StartOver(next + (mostBlocks * 2) + Qcow2Header.MostRefcountTableBytes / space.Geometry.ClusterSize);
        refcounts.MoveTo(next << space.Geometry.ClusterBits, clusters);
        for (int i = 0; i < clusters; i++) used.Add((next + i, 1));
        next += clusters;
        space.ExtendTo(next << space.Geometry.ClusterBits);
        for (int i = 0; i < used.Count; i++) // it grows by the blocks themselves
        {
            (long cluster, ulong count) = used[i];
            if (count > space.Geometry.MostReferences) throw space.Corrupt($"cluster {cluster} is used {count} times, which no refcount of {inBlock} bits can say.");
            if (!refcounts.Covers(cluster))
            {
                refcounts.AddBlock(cluster, next);
                used.Add((next++, 1));
            }

            refcounts.Set(cluster, count);
        }

        writer.WriteAll();
    }

    private void ClearMarks()
    {
        const IncompatibleFeatures Marks = IncompatibleFeatures.Dirty | IncompatibleFeatures.Corrupt;
        Qcow2Header header = space.Header;
        if ((header.Incompatible & Marks) == 0) return;
        CheckReport left = new ImageChecker(space, l1, refcounts).Run();
        if (left.Corruptions > 0) return;
        IncompatibleFeatures features = header.Incompatible & ~Marks;
        HeaderWriter.WriteFeatures(space.File, features, header.Compatible, header.Autoclear);
        space.File.Flush();
        header.Incompatible = features;
    }
}
