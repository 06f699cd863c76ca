using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Reads the disk through its tables, and what this layer has not from the image below. Its callers hold the image's lock.</summary>
internal sealed class ClusterReader(ImageSpace space, ClusterMap map, L1Table l1, CompressedClusters compressed, IBlockBackend? backing)
{
    /// <summary>Reads until the vector is full.</summary>
    public void Read(long offset, IoVector destination)
    {
        for (long done = 0; done < destination.Length;)
        {
            GuestExtent extent = map.Find(offset + done, destination.Length - done);
            Read(extent, offset + done, destination, done);
            done += extent.Length;
        }
    }

    /// <summary>Whether a range reads as zero by its tables alone.</summary>
    public bool ReadsZero(long offset, long length)
    {
        for (long done = 0; done < length;)
        {
            GuestExtent extent = map.Find(offset + done, length - done);
            bool isZero = extent.Kind == ClusterKind.Zero || (extent.Kind == ClusterKind.Unallocated && BackedLength(offset + done, extent.Length) == 0);
            if (!isZero) return false;
            done += extent.Length;
        }

        return true;
    }

    /// <summary>Reads when all tables and bytes are at hand.</summary>
    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        for (long done = 0; done < destination.Length;)
        {
            if (!map.TryFind(offset + done, destination.Length - done, l1, out GuestExtent extent)) return false;
            if (!TryRead(extent, offset + done, destination, done)) return false;
            done += extent.Length;
        }

        return true;
    }

    private void Read(GuestExtent extent, long offset, IoVector destination, long at)
    {
        switch (extent.Kind)
        {
            case ClusterKind.Data when extent.Length == destination.Length:
                space.File.Read(extent.Host, destination);
                return;
            case ClusterKind.Data:
                using (VectorPool.Lease part = VectorPool.Rent())
                {
                    part.Vector.Add(destination, at, extent.Length);
                    space.File.Read(extent.Host, part.Vector);
                }

                return;
            case ClusterKind.Compressed:
                compressed.Read(extent.Entry, (int)space.Geometry.InCluster(offset), destination, at, (int)extent.Length);
                return;
            case ClusterKind.Unallocated when BackedLength(offset, extent.Length) is > 0 and var backed:
                using (VectorPool.Lease part = VectorPool.Rent())
                {
                    part.Vector.Add(destination, at, backed);
                    backing!.Read(offset, part.Vector);
                }

                destination.Zero(at + backed, extent.Length - backed);
                return;
            default:
                destination.Zero(at, extent.Length);
                return;
        }
    }

    private bool TryRead(GuestExtent extent, long offset, IoVector destination, long at)
    {
        if (extent.Kind == ClusterKind.Compressed) return false;
        long backed = extent.Kind == ClusterKind.Unallocated ? BackedLength(offset, extent.Length) : 0;
        if (extent.Kind == ClusterKind.Data || backed > 0)
        {
            using VectorPool.Lease part = VectorPool.Rent();
            part.Vector.Add(destination, at, extent.Kind == ClusterKind.Data ? extent.Length : backed);
            bool done = extent.Kind == ClusterKind.Data ? space.File.TryReadAtOnce(extent.Host, part.Vector) : backing!.TryReadAtOnce(offset, part.Vector);
            if (!done || extent.Kind == ClusterKind.Data) return done;
        }

        destination.Zero(at + backed, extent.Length - backed);
        return true;
    }

    /// <summary>How many bytes of a range the image below has; the rest reads as zero.</summary>
    private long BackedLength(long offset, long length) => backing is null ? 0 : Math.Clamp(backing.Length - offset, 0, length);
}
