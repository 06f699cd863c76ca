namespace KvmPS.Core.Block.Qcow2;

/// <summary>What becomes of clusters that are erased.</summary>
internal enum Erasure
{
    /// <summary>They read as zero and keep their room.</summary>
    Zero,

    /// <summary>They read as zero and give their room back.</summary>
    ZeroAndFree,

    /// <summary>They give their room back, and never show what is in the image below.</summary>
    Discard,

    /// <summary>They are outside the disk: nothing stays.</summary>
    Forget,
}

/// <summary>Erases whole clusters by their entries alone. Under the image's write lock.</summary>
internal sealed class ClusterEraser(ImageSpace space, ClusterMap map, L1Table l1, L2Cache cache, ActiveTables tables, bool hasBacking)
{
    /// <summary>Whether entries can say it; else zeroes must be written [qcow2 §Cluster mapping: version 2 has no zero flag].</summary>
    public bool CanErase(Erasure erasure) =>
        space.Header.Version >= 3 || erasure is Erasure.Discard or Erasure.Forget || (erasure == Erasure.ZeroAndFree && !hasBacking);

    /// <summary>Erases clusters up to the end of their L2 table or of the range.</summary>
    /// <param name="offset">Where the first begins.</param>
    /// <param name="end">Where the last ends.</param>
    /// <param name="erasure">What becomes of them.</param>
    /// <returns>Where the next table's part begins.</returns>
    public long Erase(long offset, long end, Erasure erasure)
    {
        int bits = space.Geometry.TableSpanBits;
        end = Math.Min(end, ((offset >> bits) + 1) << bits);
        int l1Index = map.L1Index(offset);
        L2Table? table = cache.Get(l1Index);
        if (table is null && Target(default, erasure) == default) return end;

        bool isWritable = false;
        int index = map.L2Index(offset);
        for (long at = offset; at < end; at += space.Geometry.ClusterSize, index++)
        {
            L2Entry old = table is null ? default : new L2Entry(table.Entries[index]);
            L2Entry target = Target(old, erasure);
            if (old == target) continue;
            tables.CheckDroppable(old);
            if (!isWritable) table = tables.Writable(l1Index);
            isWritable = true;
            tables.Replace(table!, index, target);
        }

        return end;
    }

    /// <summary>Drops an L2 table with all that it refers to.</summary>
    public void EraseTable(int l1Index, PendingFrees pending)
    {
        long offset = l1.TableOffset(l1Index);
        if (offset == 0) return;
        long start = (long)l1Index << space.Geometry.TableSpanBits;
        Erase(start, start + (1L << space.Geometry.TableSpanBits), Erasure.Forget);
        offset = l1.TableOffset(l1Index); // erasing may have copied it
        l1[l1Index] = 0;
        cache.Remove(l1Index);
        pending.Add(offset, 1);
    }

    private L2Entry Target(L2Entry old, Erasure erasure)
    {
        if (erasure == Erasure.Forget) return default;
        bool isPlainZero = old.IsZero && old.Host == 0;
        if (isPlainZero) return old;
        if (old.IsUnallocated && (erasure == Erasure.Discard || !hasBacking)) return old;
        if (space.Header.Version < 3) return hasBacking ? old : default;
        if (erasure == Erasure.Zero && (old.IsInPlace || old.IsReservedZero) && old.Host != 0) return new L2Entry(old.Raw | L2Entry.Zero);
        return hasBacking || erasure != Erasure.Discard ? new L2Entry(L2Entry.Zero) : default;
    }
}
