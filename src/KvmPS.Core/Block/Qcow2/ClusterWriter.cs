using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Writes to places of the disk that have no cluster of their own yet: takes clusters, and completes them with what was there before. Under the image's write lock.</summary>
internal sealed class ClusterWriter(ImageSpace space, ClusterMap map, ActiveTables tables, ClusterAllocator allocator, MetadataMap metadata, ClusterReader reader) : IDisposable
{
    private IoBuffer? _before;
    private IoBuffer? _behind;

    private ClusterGeometry Geometry => space.Geometry;

    /// <summary>Writes a part of a vector, as much as lies in clusters that are treated alike.</summary>
    /// <param name="offset">Where on the disk.</param>
    /// <param name="source">The vector.</param>
    /// <param name="at">Where in it the part begins.</param>
    /// <returns>How many bytes were written.</returns>
    public long Write(long offset, IoVector source, long at)
    {
        L2Table table = tables.Writable(map.L1Index(offset));
        int index = map.L2Index(offset);
        long inCluster = Geometry.InCluster(offset);
        int wanted = (int)Math.Min(Geometry.ClustersOf(inCluster + source.Length - at), table.Entries.Count - index);
        var first = new L2Entry(table.Entries[index]);
        if (first.IsInPlace && first.Host != 0) return TryWriteInPlace(offset, source, at);

        bool isReserved = first.IsReservedZero;
        int count = isReserved ? ReservedRun(table, index, wanted) : AllocatedRun(table, index, wanted);
        long unused = space.End;
        long host = first.Host;
        if (!isReserved) host = allocator.Allocate(count, out count);
        long length = Math.Min(source.Length - at, ((long)count << Geometry.ClusterBits) - inCluster);
        bool isWritten = false;
        try
        {
            Write(host, offset, source, at, length, isFresh: !isReserved && host >= unused);
            isWritten = true;
        }
        finally
        {
            if (!isWritten && !isReserved) allocator.GiveBack(host, count);
        }

        for (int i = 0; i < count; i++) tables.Replace(table, index + i, L2Entry.At(host + ((long)i << Geometry.ClusterBits)));
        return length;
    }

    /// <summary>Writes the beginning of a range as far as it lies in clusters of its own; 0 when it does not.</summary>
    public long TryWriteInPlace(long offset, IoVector source, long at)
    {
        GuestExtent extent = map.Find(offset, source.Length - at);
        if (!extent.IsInPlace) return 0;
        metadata.CheckData(extent.Host, extent.Length);
        Transfer(extent.Host, source, at, extent.Length);
        return extent.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _before?.Dispose();
        _behind?.Dispose();
    }

    private void Transfer(long host, IoVector source, long at, long length)
    {
        if (length == source.Length)
        {
            space.File.Write(host, source);
            return;
        }

        using VectorPool.Lease part = VectorPool.Rent();
        part.Vector.Add(source, at, length);
        space.File.Write(host, part.Vector);
    }

    /// <summary>
    /// Writes to whole clusters, with what the disk reads as before and behind the part in one transfer with it. Fresh clusters read as zero
    /// already, and zeroes need not be written to them.
    /// </summary>
    private void Write(long host, long offset, IoVector source, long at, long length, bool isFresh)
    {
        int before = (int)Geometry.InCluster(offset);
        int behind = (int)(-(offset + length) & (Geometry.ClusterSize - 1));
        bool keepsBefore = before > 0 && !(isFresh && reader.ReadsZero(offset - before, before));
        bool keepsBehind = behind > 0 && !(isFresh && reader.ReadsZero(offset + length, behind));
        if (!keepsBefore && !keepsBehind)
        {
            Transfer(host + before, source, at, length);
            return;
        }

        using VectorPool.Lease all = VectorPool.Rent();
        if (keepsBefore) all.Vector.Add(Fill(ref _before, offset - before, before), 0, before);
        all.Vector.Add(source, at, length);
        if (keepsBehind) all.Vector.Add(Fill(ref _behind, offset + length, behind), 0, behind);
        space.File.Write(keepsBefore ? host : host + before, all.Vector);
    }

    private IoBuffer Fill(ref IoBuffer? buffer, long offset, int length)
    {
        buffer ??= new IoBuffer(Geometry.ClusterSize);
        using VectorPool.Lease old = VectorPool.Rent();
        old.Vector.Add(buffer, 0, length);
        reader.Read(offset, old.Vector);
        return buffer;
    }

    /// <summary>How many entries from one on keep clusters side by side that read as zero.</summary>
    private int ReservedRun(L2Table table, int index, int most)
    {
        long host = new L2Entry(table.Entries[index]).Host;
        int count = 0;
        while (count < most && table.Entries[index + count] == ((ulong)(host + ((long)count << Geometry.ClusterBits)) | L2Entry.Copied | L2Entry.Zero)) count++;
        for (int i = 0; i < count; i++) tables.CheckDroppable(new L2Entry(table.Entries[index + i]));
        return count == 0 ? throw space.Corrupt($"the L2 entry {table.Entries[index]:#x} has bits that mean nothing.") : count;
    }

    /// <summary>How many entries from one on need a cluster.</summary>
    private int AllocatedRun(L2Table table, int index, int most)
    {
        for (int count = 0; count < most; count++)
        {
            var entry = new L2Entry(table.Entries[index + count]);
            if ((entry.IsInPlace && entry.Host != 0) || entry.IsReservedZero) return count;
            tables.CheckDroppable(entry);
        }

        return most;
    }
}
