using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// Keeps pipes, sockets and devices away from calls that open files: the open of a pipe waits for its other end, and nothing can interrupt it.
/// Folders too: .NET says of them that access is denied, as if permissions were what is wrong.
/// </summary>
public static class SpecialFile
{
    /// <summary>
    /// Looks, without opening anything, at what a path names. Links are followed. A missing file passes: opening it fails at once and says why.
    /// </summary>
    /// <exception cref="HostIOException">It is a folder (EISDIR).</exception>
    /// <exception cref="IOException">It is no regular file for another reason.</exception>
    public static void Refuse(string path)
    {
        if (Libc.statx(Libc.AT_FDCWD, path, 0, Libc.STATX_TYPE, out statx status) == -1) return;
        int kind = status.stx_mode & Libc.S_IFMT;
        if (kind == Libc.S_IFREG) return;
        if (kind == Libc.S_IFDIR) throw new HostIOException("open", path, Errno.EISDIR);
        throw new IOException($"'{path}' is not a regular file.");
    }
}
