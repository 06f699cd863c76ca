using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <content>
/// Reading out of the page cache, which several threads do a million times a second. Each call counts itself in and out of the opening it goes through, here
/// and in the kernel, and threads that count in one place wait for each other's caches: so they have openings of their own.
/// </content>
public sealed unsafe partial class DiskFile
{
    private const int MostReaders = 4; // threads beyond these share

    private readonly KernelFd?[] _readers = new KernelFd?[MostReaders]; // opened when first used

    /// <summary>
    /// Reads when all of it is in the page cache, so that nobody waits for a device. False when it is not, or cannot be known; the vector's bytes are undefined then.
    /// </summary>
    /// <exception cref="HostIOException">The host cannot read.</exception>
    public bool TryReadCached(long offset, IoVector destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset); // -1 would mean the descriptor's own position
        if (_direct is not null || _cannotTry || destination.Count > Libc.UIO_MAXIOV) return false;
        KernelFd reader = Reader();
        bool held = false;
        try
        {
            reader.DangerousAddRef(ref held);
            // SAFETY: the pieces were proven when they were added and are held by the vector; the kernel does not write the array.
            fixed (iovec* first = destination.Pieces)
            {
                nint got = Libc.syscall(Libc.SYS_preadv2, reader.Number, (nint)first, destination.Count, (nint)offset, 0, Libc.RWF_NOWAIT);
                if (got == destination.Length) return true;
                if (got == -1 && Marshal.GetLastPInvokeError() is Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EPERM) _cannotTry = true;
                return false; // whatever it is, an ordinary read finds it out
            }
        }
        finally
        {
            if (held) reader.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() // nobody opens a reader any more: who does holds this handle
    {
        foreach (KernelFd? reader in _readers)
            if (reader != this) reader?.Dispose();
        return base.ReleaseHandle();
    }

    /// <summary>The opening through which this thread reads.</summary>
    private KernelFd Reader()
    {
        ref KernelFd? mine = ref _readers[Environment.CurrentManagedThreadId % MostReaders];
        return Volatile.Read(ref mine) ?? OpenReader(ref mine);
    }

    private KernelFd OpenReader(ref KernelFd? mine)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            // Not by the path, where another file may be by now. Where this one may not be opened again, its first opening has to do.
            string path = $"/proc/self/fd/{Number}";
            const int flags = Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY;
            int descriptor = Libc.open(path, flags | Libc.O_NOATIME, 0); // the time of the last read costs each read a twentieth; only the file's owner may do without
            if (descriptor == -1) descriptor = Libc.open(path, flags, 0);
            KernelFd reader = descriptor == -1 ? this : new Opening(descriptor);
            KernelFd? earlier = Interlocked.CompareExchange(ref mine, reader, null);
            if (earlier is null) return reader;
            if (reader != this) reader.Dispose();
            return earlier;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>One more opening of the file.</summary>
    private sealed class Opening(int descriptor) : KernelFd(descriptor);
}
