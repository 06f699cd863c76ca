namespace KvmPS.Core.Block.Qcow2;

/// <summary>Changes the size of the disk, in steps of which each leaves the image whole. Under the image's write lock, with everything written out.</summary>
internal sealed class ImageResizer(
    ImageSpace space, L1Table l1, L2Cache cache, ClusterAllocator allocator, PendingFrees pending, ClusterEraser eraser, MetadataWriter writer)
{
    /// <summary>Gives the L1 table room for a larger disk.</summary>
    /// <exception cref="IOException">The format has none.</exception>
    public void MakeRoom(long newSize)
    {
        long needed = space.Geometry.TablesOf(newSize);
        if (needed * sizeof(ulong) > Qcow2Header.MostL1Bytes)
            throw new IOException($"'{space.File.Name}' cannot have {newSize} bytes with clusters of {space.Geometry.ClusterSize}.");
        if (needed <= l1.Count) return;
        int clusters = (int)space.Geometry.ClustersOf(needed * sizeof(ulong));
        long old = l1.Offset;
        int oldClusters = (int)space.Geometry.ClustersOf((long)l1.Count * sizeof(ulong));
        long place = allocator.AllocateTable(clusters, "the L1 table");
        l1.MoveTo(place, (int)needed);
        cache.Resize();
        if (oldClusters > 0) pending.Add(old, oldClusters);
        writer.WriteOut();
    }

    /// <summary>Writes the new size. What lies behind it is out of reach from then on, and what lies before it in reach.</summary>
    public void SetSize(long newSize)
    {
        HeaderWriter.WriteSize(space.File, newSize);
        space.File.Flush();
        space.Header.VirtualSize = newSize;
    }

    /// <summary>Gives back what lies behind the end of the disk.</summary>
    public void ForgetRest()
    {
        ClusterGeometry geometry = space.Geometry;
        long end = geometry.ClustersOf(space.Header.VirtualSize) << geometry.ClusterBits;
        int firstTable = (int)geometry.TablesOf(end);
        if ((end & ((1L << geometry.TableSpanBits) - 1)) != 0) eraser.Erase(end, (long)firstTable << geometry.TableSpanBits, Erasure.Forget);
        for (int i = firstTable; i < l1.Count; i++)
        {
            eraser.EraseTable(i, pending);
            writer.MakeRoom();
        }

        writer.WriteOut();
    }
}
