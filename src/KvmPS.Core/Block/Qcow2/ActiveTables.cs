namespace KvmPS.Core.Block.Qcow2;

/// <summary>Gets L2 tables that may be changed, and changes their entries. Under the image's write lock.</summary>
internal sealed class ActiveTables(ImageSpace space, L1Table l1, L2Cache cache, ClusterAllocator allocator, MetadataMap metadata, PendingFrees pending)
{
    /// <summary>The table of an L1 entry: a new one where there is none, a copy where a snapshot has it too.</summary>
    public L2Table Writable(int l1Index)
    {
        ulong entry = l1[l1Index];
        L2Table? table = cache.Get(l1Index);
        if (table is not null && (entry & L2Entry.Copied) != 0) return table;

        var entries = new BigEndianTable(space.Geometry.TableEntries);
        if (table is not null) entries.CopyFrom(table.Entries);
        var copy = new L2Table(l1Index, allocator.AllocateTable(1, "an L2 table"), entries) { IsNew = true };
        if (table is not null) pending.Add(table.Offset, 1);
        l1[l1Index] = (ulong)copy.Offset | L2Entry.Copied;
        cache.Put(copy);
        return copy;
    }

    /// <summary>Changes an entry, and drops what the old one refers to, unless the new one keeps it.</summary>
    public void Replace(L2Table table, int index, L2Entry entry)
    {
        var old = new L2Entry(table.Entries[index]);
        cache.Set(table, index, entry);
        if (old.IsCompressed || old.Host != entry.Host) pending.Add(old);
    }

    /// <summary>Looks whether what an entry refers to can be dropped. FILE-CONTROLLED.</summary>
    /// <exception cref="ImageCorruptException">It is a table, or outside the file.</exception>
    public void CheckDroppable(L2Entry entry)
    {
        if (entry.IsCompressed)
        {
            long host = entry.CompressedHost(space.Geometry);
            if (host >= space.End) throw space.Corrupt($"a compressed cluster at {host:#x} lies behind the end of the file.");
            metadata.CheckData(host, entry.CompressedLength(space.Geometry));
        }
        else if (entry.Host != 0)
        {
            metadata.CheckData(space.Checked(entry.Host, "a data cluster"), space.Geometry.ClusterSize);
        }
    }
}
