using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <content>Locks of this opening of the file. They end with it.</content>
public sealed unsafe partial class DiskFile
{
    private int _hasLocks;

    /// <summary>Takes a lock on a range, or replaces the one that this opening has on it, without waiting.</summary>
    /// <exception cref="HostIOException">The host cannot; EBADF for an exclusive lock without <see cref="DiskFileModes.Write"/>.</exception>
    public OfdLockResult TryLock(long offset, long length, bool exclusive)
    {
        flock wish = Range(exclusive ? Libc.F_WRLCK : Libc.F_RDLCK, offset, length);
        Volatile.Write(ref _hasLocks, 1);
        return Control(Libc.F_OFD_SETLK, ref wish) switch
        {
            0 => OfdLockResult.Taken,
            Errno.EAGAIN or Errno.EACCES => OfdLockResult.Refused,
            Errno.ENOLCK or Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EINVAL => OfdLockResult.Unsupported,
            int error => throw new HostIOException("fcntl", Path, error),
        };
    }

    /// <summary>Lets go of this opening's locks on a range.</summary>
    public void Unlock(long offset, long length)
    {
        flock wish = Range(Libc.F_UNLCK, offset, length);
        Control(Libc.F_OFD_SETLK, ref wish); // it takes nothing from anybody: there is nothing to do when it fails
    }

    /// <summary>A lock of somebody else that a wish would conflict with, or null.</summary>
    /// <exception cref="HostIOException">The host does not say.</exception>
    public OfdLock? FindLock(long offset, long length, bool exclusive)
    {
        flock found = Range(exclusive ? Libc.F_WRLCK : Libc.F_RDLCK, offset, length);
        int error = Control(Libc.F_OFD_GETLK, ref found);
        if (error is Errno.ENOLCK or Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EINVAL) return null;
        if (error != 0) throw new HostIOException("fcntl", Path, error);
        return found.l_type == Libc.F_UNLCK ? null : new OfdLock(found.l_start, found.l_len, found.l_type == Libc.F_WRLCK, found.l_pid);
    }

    /// <summary>
    /// Lets go of all locks. Closing the descriptor may come too late for that: between fork and exec, a process that another thread starts just
    /// now has it as well, and with it the locks.
    /// </summary>
    private void UnlockAll()
    {
        if (Interlocked.Exchange(ref _hasLocks, 0) != 0) Unlock(0, 0);
    }

    private static flock Range(short type, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new flock { l_type = type, l_whence = Libc.SEEK_SET, l_start = offset, l_len = length };
    }

    private int Control(int command, ref flock range)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            // SAFETY: the structure is pinned for the call, which reads and writes no more than it.
            fixed (flock* pointer = &range)
            {
                while (Libc.fcntl(Number, command, pointer) == -1)
                {
                    int error = Marshal.GetLastPInvokeError();
                    if (error != Errno.EINTR) return error;
                }
            }

            return 0;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }
}
