using System.Runtime.InteropServices;

namespace KvmPS.Native;

/// <summary>A read, write or other call on a file of the host that failed, with its error number.</summary>
public sealed class HostIOException : IOException
{
    /// <summary>The failure of a call.</summary>
    /// <param name="call">The call as its manual page names it, such as <c>pwritev</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="errno">The error number.</param>
    public HostIOException(string call, string path, int errno)
        : base($"{call} on '{path}' failed: {Interop.Errno.Name(errno)} ({Marshal.GetPInvokeErrorMessage(errno)}).")
    {
        Call = call;
        Path = path;
        Errno = errno;
    }

    /// <summary>The call.</summary>
    public string Call { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The error number.</summary>
    public int Errno { get; }

    /// <summary>The symbolic name of the error number, such as <c>ENOSPC</c>.</summary>
    public string ErrnoName => Interop.Errno.Name(Errno);

    /// <summary>Whether the host has no room left for the file: it is full, or a quota or a limit is reached.</summary>
    public bool IsNoSpace => Errno is Interop.Errno.ENOSPC or Interop.Errno.EDQUOT or Interop.Errno.EFBIG;

    /// <summary>Whether the file, or what it lies on, has no such operation.</summary>
    public bool IsNotSupported => Errno == Interop.Errno.EOPNOTSUPP;

    /// <summary>The failure of the calling thread's last call.</summary>
    internal static HostIOException Last(string call, string path) => new(call, path, Marshal.GetLastPInvokeError());
}
