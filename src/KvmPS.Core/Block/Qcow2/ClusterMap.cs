namespace KvmPS.Core.Block.Qcow2;

/// <summary>Finds what a place of the disk is [qcow2 §Cluster mapping].</summary>
internal sealed class ClusterMap(ImageSpace space, L2Cache cache)
{
    private readonly ClusterGeometry _geometry = space.Geometry;

    /// <summary>Finds the extent that begins at an offset.</summary>
    /// <param name="offset">A place inside the disk.</param>
    /// <param name="most">Bytes that matter, at least one.</param>
    /// <exception cref="IOException">A table cannot be read, or is wrong.</exception>
    public GuestExtent Find(long offset, long most) => Look(cache.Get(L1Index(offset)), offset, most);

    /// <summary>Finds it when its table is in memory.</summary>
    /// <exception cref="ImageCorruptException">The table is wrong.</exception>
    public bool TryFind(long offset, long most, L1Table l1, out GuestExtent extent)
    {
        int index = L1Index(offset);
        L2Table? table = cache.Find(index);
        bool isKnown = table is not null || l1.TableOffset(index) == 0;
        extent = isKnown ? Look(table, offset, most) : default;
        return isKnown;
    }

    /// <summary>Which L1 entry serves an offset.</summary>
    public int L1Index(long offset) => (int)(offset >> _geometry.TableSpanBits);

    /// <summary>Which entry of its L2 table serves an offset.</summary>
    public int L2Index(long offset) => (int)(offset >> _geometry.ClusterBits) & (_geometry.TableEntries - 1);

    private GuestExtent Look(L2Table? table, long offset, long most)
    {
        long span = 1L << _geometry.TableSpanBits;
        most = Math.Min(most, span - (offset & (span - 1)));
        if (table is null) return new GuestExtent(ClusterKind.Unallocated, most, -1, default);

        int index = L2Index(offset);
        var entry = new L2Entry(table.Entries[index]);
        long inCluster = _geometry.InCluster(offset);
        long length = _geometry.ClusterSize - inCluster;
        ClusterKind kind = Kind(entry);
        switch (kind)
        {
            case ClusterKind.Data:
                long host = space.Checked(entry.Host, "a data cluster");
                for (long next = host + _geometry.ClusterSize; length < most && next < space.End; next += _geometry.ClusterSize, length += _geometry.ClusterSize)
                {
                    if (table.Entries[++index] != ((ulong)next | (entry.Raw & ~L2Entry.OffsetMask))) break;
                }

                return new GuestExtent(kind, Math.Min(length, most), host + inCluster, entry);
            case ClusterKind.Zero or ClusterKind.Unallocated:
                for (; length < most && Kind(new L2Entry(table.Entries[++index])) == kind; length += _geometry.ClusterSize)
                {
                    // Nothing of the entry matters but its kind.
                }

                return new GuestExtent(kind, Math.Min(length, most), -1, entry);
            default:
                return new GuestExtent(kind, Math.Min(length, most), -1, entry);
        }
    }

    private ClusterKind Kind(L2Entry entry)
    {
        if (entry.IsCompressed) return ClusterKind.Compressed;
        if (!entry.IsZero) return entry.Host == 0 ? ClusterKind.Unallocated : ClusterKind.Data;
        return space.Header.Version >= 3 ? ClusterKind.Zero : throw space.Corrupt("version 2 has no clusters with the zero flag.");
    }
}
