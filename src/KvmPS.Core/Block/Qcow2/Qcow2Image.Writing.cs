using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <content>What changes the image.</content>
public sealed partial class Qcow2Image
{
    private const long MostBytes = 1L << 61; // an L1 table of QEMU's limit, with the largest clusters

    private WritableImage Writable => _writable ?? throw new IOException($"'{_space.File.Name}' was opened for reading only.");

    /// <inheritdoc/>
    public void Write(long offset, IoVector source)
    {
        long done = WriteInPlace(offset, source);
        if (done < source.Length) WriteRest(offset, source, done);
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        Erasure erasure = mayDeallocate ? Erasure.ZeroAndFree : Erasure.Zero;
        (long first, long end) = WholeClusters(offset, length);
        if (first >= end || !Writable.CanErase(erasure))
        {
            ZeroBytes(offset, length);
            return;
        }

        ZeroBytes(offset, first - offset);
        Erase(first, end, erasure);
        ZeroBytes(end, offset + length - end);
    }

    /// <inheritdoc/>
    public void Discard(long offset, long length)
    {
        (long first, long end) = WholeClusters(offset, length);
        if (first < end) Erase(first, end, Erasure.Discard);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_writable is null) return;
        _lock.EnterReadLock();
        try
        {
            CheckInside(0, 0);
            if (!_writable.HasChanges)
            {
                _space.File.Flush();
                return;
            }
        }
        finally
        {
            _lock.ExitReadLock();
        }

        Exclusively(static image => image.WriteOut(), 0, 0);
    }

    /// <summary>Changes the size of the disk. What is new reads as zero; what is cut off is lost and gives its room back.</summary>
    /// <param name="newSize">Bytes; rounded up to 512.</param>
    /// <exception cref="ImageNotSupportedException">A version 2 image has internal snapshots, which would lose their own size.</exception>
    /// <exception cref="IOException">The format or the host has no room.</exception>
    public void Resize(long newSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(newSize);
        if (newSize > MostBytes) throw new IOException($"'{_space.File.Name}' cannot have {newSize} bytes: no image of its format has more than {MostBytes}.");
        if (Header.Version == 2 && Header.SnapshotCount > 0) throw new ImageNotSupportedException(_space.File.Name, "resizing version 2 with internal snapshots");
        newSize = (newSize + ClusterGeometry.SectorSize - 1) & -ClusterGeometry.SectorSize;
        Exclusively(
            image =>
            {
                image.Resize(newSize, _backing?.Length ?? 0);
                return 0;
            },
            0,
            0);
    }

    /// <summary>Puts everything on stable storage, as closing the image does, and refuses writes from then on. Nobody writes meanwhile.</summary>
    /// <exception cref="IOException">The file cannot be written; the image stays open for writing.</exception>
    internal void EndWriting()
    {
        _lock.EnterWriteLock();
        try
        {
            _writable?.Close();
            _writable?.Dispose();
            _writable = null;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private long WriteInPlace(long offset, IoVector source)
    {
        if (!Writable.IsPrepared) return 0;
        _lock.EnterReadLock();
        try
        {
            CheckInside(offset, source.Length);
            long done = 0;
            while (done < source.Length && _writable!.TryWriteInPlace(offset + done, source, done) is > 0 and var count) done += count;
            return done;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Writes what takes clusters. An own step for each part: others get their turn, and what has become of the clusters is looked up anew.</summary>
    private void WriteRest(long offset, IoVector source, long done)
    {
        while (done < source.Length)
        {
            long at = done;
            done += Exclusively(image => image.Write(offset + at, source, at), offset, source.Length);
        }
    }

    private void Erase(long first, long end, Erasure erasure)
    {
        while (first < end)
        {
            long from = first;
            first = Exclusively(image => image.Erase(from, end, erasure), first, 0);
        }
    }

    /// <summary>Writes zeroes where the disk does not read as zero already.</summary>
    private void ZeroBytes(long offset, long length)
    {
        for (long end = offset + length; offset < end;)
        {
            GuestExtent extent = Look(offset, end - offset);
            bool isZero = extent.Kind == ClusterKind.Zero || (extent.Kind == ClusterKind.Unallocated && _backing is null);
            long step = isZero ? extent.Length : Math.Min(extent.Length, Zeroes.Length);
            if (!isZero)
            {
                using VectorPool.Lease zeroes = VectorPool.Rent();
                zeroes.Vector.Add(Zeroes, 0, (int)step);
                Write(offset, zeroes.Vector);
            }

            offset += step;
        }
    }

    private GuestExtent Look(long offset, long length)
    {
        _lock.EnterReadLock();
        try
        {
            CheckInside(offset, length);
            return _map.Find(offset, length);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>The clusters that lie in a range whole. The disk's last one may be shorter than others.</summary>
    private (long First, long End) WholeClusters(long offset, long length)
    {
        long mask = -_space.Geometry.ClusterSize;
        long end = offset + length;
        long last = end == Length ? (end + _space.Geometry.ClusterSize - 1) & mask : end & mask;
        long first = (offset + _space.Geometry.ClusterSize - 1) & mask;
        return (first, last);
    }

    private long Exclusively(Func<WritableImage, long> action, long offset, long length)
    {
        WritableImage image = Writable;
        _lock.EnterWriteLock();
        try
        {
            CheckInside(offset, length);
            return action(image);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private static IoBuffer Zeroes { get; } = new(1 << 16);
}
