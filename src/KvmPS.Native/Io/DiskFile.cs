using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// A regular file or block device whose bytes go from and to guest memory without a copy. Safe for many threads at once: each call says where.
/// </summary>
/// <remarks>
/// Interrupted and short transfers are carried on until all is done or the kernel gives an error. What is read past the end is zero. In
/// <see cref="DiskFileModes.Direct"/> a transfer that is not aligned, such as a table of an image format, goes through the page cache by a second
/// descriptor: the kernel keeps the two in step as long as they do not write at the same time, and <see cref="Flush"/> covers both. Locks, writes and
/// flushes go through the first descriptor; only reads out of the page cache may go through more of them.
/// </remarks>
public sealed unsafe partial class DiskFile : KernelFd
{
    private readonly DiskFile? _direct; // the same file past the page cache
    private readonly ReaderWriterLockSlim _turns = new(); // direct writes share it, writes through the page cache beside them have it alone
    private readonly int _memoryAlignment = 1; // of the pieces of a direct transfer
    private readonly bool _isBlockDevice;
    private readonly long _deviceLength;
    private volatile bool _cannotTry; // the file system has no RWF_NOWAIT
    private volatile int _lost; // the error number of a flush that failed

    private DiskFile(int descriptor, string path, DiskFileModes modes)
        : base(descriptor)
    {
        Path = path;
        IsWritable = (modes & DiskFileModes.Write) != 0;
        try
        {
            statx status = Status(Libc.STATX_TYPE | Libc.STATX_SIZE | Libc.STATX_DIOALIGN);
            RefuseOthers(path, status); // it may not be what was there before the open
            _isBlockDevice = (status.stx_mode & Libc.S_IFMT) == Libc.S_IFBLK;
            if (_isBlockDevice)
            {
                _deviceLength = DeviceNumber<long>(Libc.BLKGETSIZE64);
                BlockSize = DeviceNumber<int>(Libc.BLKSSZGET);
                PhysicalBlockSize = DeviceNumber<int>(Libc.BLKPBSZGET);
            }

            if ((modes & DiskFileModes.Direct) == 0) return;
            // Kernels before 6.1 do not tell: every device takes its own block size, and files that of a page.
            if (!_isBlockDevice) BlockSize = status.stx_dio_offset_align != 0 ? (int)status.stx_dio_offset_align : GuestMemory.PageSize;
            _memoryAlignment = status.stx_dio_mem_align != 0 ? (int)status.stx_dio_mem_align : BlockSize;
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

    /// <summary>Opens a file. A pipe is refused without waiting for its other end, and a device of characters without waking it.</summary>
    /// <exception cref="HostIOException">It is not there, may not be opened, or is neither a regular file nor a block device (EINVAL; EISDIR for a folder).</exception>
    public static DiskFile Open(string path, DiskFileModes modes)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) throw new HostIOException("open", path, Errno.EINVAL); // the kernel would see a part of it
        if (Libc.statx(Libc.AT_FDCWD, path, 0, Libc.STATX_TYPE, out statx status) == 0) RefuseOthers(path, status);
        int descriptor = OpenDescriptor(path, modes & ~DiskFileModes.Direct);
        return new DiskFile(descriptor, path, modes);
    }

    /// <summary>
    /// Puts everything written on stable storage (fdatasync). When that has failed once it fails for good: the kernel forgets what it could not
    /// write, and its next success would say nothing about it.
    /// </summary>
    /// <exception cref="HostIOException">The host cannot: what was written since the last flush may be lost.</exception>
    public void Flush()
    {
        int error = _lost != 0 ? _lost : Call(static fd => Libc.fdatasync(fd));
        if (error == 0) return;
        _lost = error;
        throw new HostIOException("fdatasync", Path, error);
    }

    /// <summary>Changes the length; what is new reads as zero.</summary>
    /// <exception cref="HostIOException">It is a block device, or the host cannot.</exception>
    public void SetLength(long length)
    {
        int error = Call(fd => Libc.ftruncate(fd, length));
        if (error != 0) throw new HostIOException("ftruncate", Path, error);
    }

    /// <summary>
    /// Gives the file the owner, the group and the mode of another one, which it is to replace. An owner or a group that this user may not give stays as it is.
    /// </summary>
    /// <exception cref="HostIOException">The host cannot.</exception>
    public void TakeOwnershipFrom(DiskFile other)
    {
        statx status = other.Status(Libc.STATX_UID | Libc.STATX_GID | Libc.STATX_MODE);
        int error = Call(fd => Libc.fchown(fd, status.stx_uid, status.stx_gid));
        if (IsDenial(error)) error = Call(fd => Libc.fchown(fd, uint.MaxValue, status.stx_gid)); // not the owner: perhaps the group
        if (error != 0 && !IsDenial(error)) throw new HostIOException("fchown", Path, error);
        error = Call(fd => Libc.fchmod(fd, status.stx_mode & (uint)Libc.ACCESSPERMS)); // last, since a change of owner takes bits away
        if (error != 0) throw new HostIOException("fchmod", Path, error);

        static bool IsDenial(int error) => error is Errno.EPERM or Errno.EINVAL; // EINVAL: a user that this user namespace does not have
    }

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
        if (disposing) UnlockAll();
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

    private static void RefuseOthers(string path, in statx status)
    {
        int kind = status.stx_mode & Libc.S_IFMT;
        if (kind is Libc.S_IFREG or Libc.S_IFBLK) return;
        throw new HostIOException("open", path, kind == Libc.S_IFDIR ? Errno.EISDIR : Errno.EINVAL);
    }

    private bool TryAllocate(int mode, long offset, long length)
    {
        if (length == 0) return true;
        if (_isBlockDevice && ((offset | length) & (BlockSize - 1)) != 0) return false; // a device takes whole blocks
        int error = Call(fd => Libc.fallocate(fd, mode, offset, length));
        if (error is Errno.EOPNOTSUPP or Errno.ENOSYS) return false;
        return error == 0 ? true : throw new HostIOException("fallocate", Path, error);
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

    /// <summary>Calls until no signal interrupts. Returns the error number, or 0.</summary>
    private int Call(Func<int, int> action)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            while (action(Number) == -1)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error != Errno.EINTR) return error;
            }

            return 0;
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
