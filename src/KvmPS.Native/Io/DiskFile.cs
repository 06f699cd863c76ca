using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>How a disk file is opened.</summary>
[Flags]
public enum DiskFileModes
{
    /// <summary>For reading only.</summary>
    None = 0,

    /// <summary>For writing too.</summary>
    Write = 1,

    /// <summary>Past the host's page cache, as far as requests are aligned to it (O_DIRECT).</summary>
    Direct = 2,

    /// <summary>It must not be there yet, and is made.</summary>
    Create = 4,
}

/// <summary>
/// A regular file or block device whose bytes go from and to guest memory without a copy. Safe for many threads at once: each call says where.
/// </summary>
/// <remarks>
/// Interrupted and short transfers are carried on until all is done or the kernel gives an error. What is read past the end is zero. In
/// <see cref="DiskFileModes.Direct"/> a transfer that is not aligned, such as a table of an image format, goes through the page cache by a second
/// descriptor: the kernel keeps the two in step, and <see cref="Flush"/> covers both.
/// </remarks>
public sealed unsafe class DiskFile : KernelFd
{
    private readonly DiskFile? _direct; // the same file past the page cache
    private readonly bool _isBlockDevice;
    private readonly long _deviceLength;
    private volatile bool _cannotTry; // the file system has no RWF_NOWAIT

    private DiskFile(int descriptor, string path, DiskFileModes modes)
        : base(descriptor)
    {
        Path = path;
        IsWritable = (modes & DiskFileModes.Write) != 0;
        try
        {
            statx status = Status(Libc.STATX_TYPE | Libc.STATX_SIZE | Libc.STATX_DIOALIGN);
            int kind = status.stx_mode & Libc.S_IFMT;
            if (kind is not Libc.S_IFREG and not Libc.S_IFBLK) throw new HostIOException("open", path, kind == Libc.S_IFDIR ? Errno.EISDIR : Errno.EINVAL);
            _isBlockDevice = kind == Libc.S_IFBLK;
            if (_isBlockDevice)
            {
                _deviceLength = DeviceNumber<long>(Libc.BLKGETSIZE64);
                BlockSize = DeviceNumber<int>(Libc.BLKSSZGET);
                PhysicalBlockSize = DeviceNumber<int>(Libc.BLKPBSZGET);
            }

            if ((modes & DiskFileModes.Direct) == 0) return;
            // Kernels before 6.1 do not tell: every device takes its own block size, and files that of a page.
            if (!_isBlockDevice) BlockSize = status.stx_dio_offset_align != 0 ? (int)status.stx_dio_offset_align : GuestMemory.PageSize;
            _direct = new DiskFile(OpenDescriptor(path, modes & ~DiskFileModes.Create), path, modes & DiskFileModes.Write);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>Whether it can be written.</summary>
    public bool IsWritable { get; }

    /// <summary>Whether transfers pass the host's page cache by.</summary>
    public bool IsDirect => _direct is not null;

    /// <summary>Whether it is a block device, whose length is fixed.</summary>
    public bool IsBlockDevice => _isBlockDevice;

    /// <summary>The unit of aligned transfers in bytes: a device's logical block, what direct I/O demands, else 512.</summary>
    public int BlockSize { get; } = 512;

    /// <summary>What the device works in, in bytes; 4096 for files, which the page cache rounds to.</summary>
    public int PhysicalBlockSize { get; } = GuestMemory.PageSize;

    /// <summary>Bytes from the first to the last.</summary>
    /// <exception cref="HostIOException">The host does not say.</exception>
    public long Length => _isBlockDevice ? _deviceLength : (long)Status(Libc.STATX_SIZE).stx_size;

    /// <summary>Bytes that the host keeps for it, which a sparse file has fewer of than its length.</summary>
    /// <exception cref="HostIOException">The host does not say.</exception>
    public long AllocatedLength => _isBlockDevice ? _deviceLength : (long)Status(Libc.STATX_BLOCKS).stx_blocks * 512;

    /// <summary>What tells the file from all others on this host, whatever path leads to it.</summary>
    /// <exception cref="HostIOException">The host does not say.</exception>
    public FileIdentity Identity
    {
        get
        {
            statx status = Status(Libc.STATX_INO);
            return new FileIdentity(status.stx_dev_major, status.stx_dev_minor, status.stx_ino);
        }
    }

    /// <summary>Opens a file. A pipe is refused without waiting for its other end.</summary>
    /// <exception cref="HostIOException">It is not there, may not be opened, or is neither a regular file nor a block device (EINVAL; EISDIR for a folder).</exception>
    public static DiskFile Open(string path, DiskFileModes modes)
    {
        int descriptor = OpenDescriptor(path, modes & ~DiskFileModes.Direct);
        return new DiskFile(descriptor, path, modes);
    }

    /// <summary>Reads until the vector is full; past the end are zeroes.</summary>
    /// <exception cref="HostIOException">The host cannot read; EIO among others.</exception>
    public void Read(long offset, IoVector destination)
    {
        if (_direct is not null && IsAligned(offset, destination))
        {
            _direct.Read(offset, destination);
            return;
        }

        Transfer(offset, destination, write: false);
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

    /// <summary>
    /// Reads when all of it is in the page cache, so that nobody waits for a device. False when it is not, or cannot be known; the vector's bytes are undefined then.
    /// </summary>
    /// <exception cref="HostIOException">The host cannot read.</exception>
    public bool TryReadCached(long offset, IoVector destination)
    {
        if (_direct is not null || _cannotTry || destination.Count > Libc.UIO_MAXIOV) return false;
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            // SAFETY: the pieces were proven when they were added and are held by the vector; the kernel does not write the array.
            fixed (iovec* first = destination.Pieces)
            {
                nint got = Libc.syscall(Libc.SYS_preadv2, Number, (nint)first, destination.Count, (nint)offset, 0, Libc.RWF_NOWAIT);
                if (got == destination.Length) return true;
                if (got == -1 && Marshal.GetLastPInvokeError() is Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EPERM) _cannotTry = true;
                return false; // whatever it is, an ordinary read finds it out
            }
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>Writes all of the vector; a regular file grows when it has to.</summary>
    /// <exception cref="HostIOException">The host cannot write, or has no room (<see cref="HostIOException.IsNoSpace"/>); a part may have been written.</exception>
    public void Write(long offset, IoVector source)
    {
        if (_direct is not null && IsAligned(offset, source))
        {
            _direct.Write(offset, source);
            return;
        }

        Transfer(offset, source, write: true);
    }

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

    /// <summary>Puts everything written on stable storage (fdatasync).</summary>
    /// <exception cref="HostIOException">The host cannot: what was written since the last flush may be lost.</exception>
    public void Flush() => Call("fdatasync", fd => Libc.fdatasync(fd));

    /// <summary>Changes the length; what is new reads as zero.</summary>
    /// <exception cref="HostIOException">It is a block device, or the host cannot.</exception>
    public void SetLength(long length) => Call("ftruncate", fd => Libc.ftruncate(fd, length));

    /// <summary>Gives a range back to the host: it reads as zero from then on. False where the file system has no holes.</summary>
    /// <exception cref="HostIOException">The host cannot.</exception>
    public bool TryPunchHole(long offset, long length) => TryAllocate(Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, offset, length);

    /// <summary>Makes a range read as zero without writing it, and keeps its room. False where the file system cannot.</summary>
    /// <exception cref="HostIOException">The host cannot.</exception>
    public bool TryZeroRange(long offset, long length) => TryAllocate(Libc.FALLOC_FL_ZERO_RANGE | Libc.FALLOC_FL_KEEP_SIZE, offset, length);

    /// <summary>The first byte at or after an offset that is not in a hole; the length when only holes follow.</summary>
    public long NextData(long offset) => Seek(offset, Libc.SEEK_DATA, offset);

    /// <summary>The first byte at or after an offset that is in a hole; the length when none follows.</summary>
    public long NextHole(long offset) => Seek(offset, Libc.SEEK_HOLE, Length);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _direct?.Dispose();
        base.Dispose(disposing);
    }

    private static int OpenDescriptor(string path, DiskFileModes modes)
    {
        int flags = Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY;
        flags |= (modes & DiskFileModes.Write) != 0 ? Libc.O_RDWR : Libc.O_RDONLY;
        if ((modes & DiskFileModes.Direct) != 0) flags |= Libc.O_DIRECT;
        if ((modes & DiskFileModes.Create) != 0) flags |= Libc.O_CREAT | Libc.O_EXCL;
        int descriptor = Libc.open(path, flags, Libc.DEFFILEMODE);
        return descriptor != -1 ? descriptor : throw HostIOException.Last("open", path);
    }

    private bool IsAligned(long offset, IoVector vector) => (offset & (BlockSize - 1)) == 0 && vector.IsAligned(BlockSize);

    private void Transfer(long offset, IoVector vector, bool write)
    {
        long done = Transfer(vector.Pieces, offset, vector.Length, write);
        if (done < vector.Length) vector.Zero(done, vector.Length - done);
    }

    /// <summary>The one loop around the calls. Returns how much was done, which for a read is less than asked at the end of the file.</summary>
    private long Transfer(ReadOnlySpan<iovec> pieces, long offset, long length, bool write)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
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

    private bool TryAllocate(int mode, long offset, long length)
    {
        if (length == 0) return true;
        int result = Retry(fd => Libc.fallocate(fd, mode, offset, length));
        if (result == 0) return true;
        if (Marshal.GetLastPInvokeError() is Errno.EOPNOTSUPP or Errno.ENOSYS) return false;
        throw HostIOException.Last("fallocate", Path);
    }

    private long Seek(long offset, int whence, long otherwise)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            long found = Libc.lseek(Number, offset, whence);
            if (found >= 0) return found;
            if (Marshal.GetLastPInvokeError() == Errno.ENXIO) return Length;
            return otherwise; // a file or device that does not tell: data all through
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    private void Call(string call, Func<int, int> action)
    {
        if (Retry(action) == -1) throw HostIOException.Last(call, Path);
    }

    private int Retry(Func<int, int> action)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            int result;
            do result = action(Number);
            while (result == -1 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return result;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    private statx Status(uint mask)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            if (Libc.statx(Number, "", Libc.AT_EMPTY_PATH, mask, out statx status) == -1) throw HostIOException.Last("statx", Path);
            return status;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    private T DeviceNumber<T>(uint request) where T : unmanaged
    {
        T value = default;
        // SAFETY: the kernel writes one number of the request's size to this method's stack.
        if (Libc.ioctl(Number, request, (nint)(&value)) == -1) throw HostIOException.Last("ioctl", Path);
        return value;
    }
}

/// <summary>What tells a file from all others on a host.</summary>
/// <param name="DeviceMajor">The major number of its file system's device.</param>
/// <param name="DeviceMinor">The minor number.</param>
/// <param name="Inode">Its number on that.</param>
public readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
