using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <content>Reading and writing.</content>
public sealed unsafe partial class DiskFile
{
    /// <summary>Reads until the vector is full; past the end are zeroes.</summary>
    /// <exception cref="HostIOException">The host cannot read; EIO among others.</exception>
    public void Read(long offset, IoVector destination)
    {
        long done = Transfer(destination.Pieces, offset, destination.Length, write: false);
        if (done < destination.Length) destination.Zero(done, destination.Length - done);
    }

    /// <summary>Reads bytes; past the end are zeroes.</summary>
    /// <exception cref="HostIOException">The host cannot read.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        // SAFETY: the span is pinned for the call, and the kernel writes at most its length.
        fixed (byte* start = destination)
        {
            var piece = new iovec { iov_base = start, iov_len = (nuint)destination.Length };
            long done = Transfer(new ReadOnlySpan<iovec>(in piece), offset, destination.Length, write: false);
            destination[(int)done..].Clear();
        }
    }

    /// <summary>Writes all of the vector; a regular file grows when it has to.</summary>
    /// <exception cref="HostIOException">The host cannot write, or has no room (<see cref="HostIOException.IsNoSpace"/>); a part may have been written.</exception>
    public void Write(long offset, IoVector source) => Transfer(source.Pieces, offset, source.Length, write: true);

    /// <summary>Writes bytes.</summary>
    /// <exception cref="HostIOException">The host cannot write, or has no room; a part may have been written.</exception>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        // SAFETY: the span is pinned for the call, and the kernel reads at most its length.
        fixed (byte* start = source)
        {
            var piece = new iovec { iov_base = start, iov_len = (nuint)source.Length };
            Transfer(new ReadOnlySpan<iovec>(in piece), offset, source.Length, write: true);
        }
    }

    private bool IsAligned(long offset, ReadOnlySpan<iovec> pieces)
    {
        if ((offset & (BlockSize - 1)) != 0) return false;
        foreach (iovec piece in pieces)
        {
            if (((nuint)piece.iov_base & (nuint)(_memoryAlignment - 1)) != 0 || (piece.iov_len & (nuint)(BlockSize - 1)) != 0) return false;
        }

        return true;
    }

    /// <summary>Chooses the descriptor. Returns how much was done, which for a read is less than asked at the end of the file.</summary>
    private long Transfer(ReadOnlySpan<iovec> pieces, long offset, long length, bool write)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (_direct is null) return CarryOn(pieces, offset, length, write);
        bool aligned = IsAligned(offset, pieces);
        DiskFile through = aligned ? _direct : this;
        if (!write) return through.CarryOn(pieces, offset, length, write: false);

        // A page that an unaligned write has just filled from the device must not come back over what a direct write beside it puts there meanwhile.
        if (aligned) _turns.EnterReadLock();
        else _turns.EnterWriteLock();
        try
        {
            return through.CarryOn(pieces, offset, length, write: true);
        }
        finally
        {
            if (aligned) _turns.ExitReadLock();
            else _turns.ExitWriteLock();
        }
    }

    /// <summary>The one loop around the calls.</summary>
    private long CarryOn(ReadOnlySpan<iovec> pieces, long offset, long length, bool write)
    {
        string call = write ? "pwritev" : "preadv";
        long done = 0;
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            while (done < length)
            {
                nint count;
                // SAFETY: each piece is memory that its owner holds during this call, and the array of them is pinned.
                fixed (iovec* first = pieces)
                {
                    int most = Math.Min(pieces.Length, Libc.UIO_MAXIOV);
                    count = write ? Libc.pwritev(Number, first, most, offset + done) : Libc.preadv(Number, first, most, offset + done);
                }

                if (count == -1)
                {
                    if (Marshal.GetLastPInvokeError() == Errno.EINTR) continue;
                    throw HostIOException.Last(call, Path);
                }

                if (count == 0 && !write) return done;
                if (count == 0) throw new HostIOException(call, Path, Errno.EIO);
                done += count;
                if (done < length) pieces = Rest(pieces, (nuint)count);
            }

            return done;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>The pieces without their first bytes, which were transferred: a copy, since short transfers are rare and the owner's pieces stay.</summary>
    private static iovec[] Rest(ReadOnlySpan<iovec> pieces, nuint count)
    {
        int whole = 0;
        while (count >= pieces[whole].iov_len) count -= pieces[whole++].iov_len;
        iovec[] rest = pieces[whole..].ToArray();
        // SAFETY: the rest of a piece, inside it.
        rest[0] = new iovec { iov_base = (byte*)rest[0].iov_base + count, iov_len = rest[0].iov_len - count };
        return rest;
    }
}
