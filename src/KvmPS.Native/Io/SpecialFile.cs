using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// Keeps pipes, sockets and devices away from calls that open files: the open of a pipe waits for its other end, and nothing can interrupt it.
/// </summary>
public static class SpecialFile
{
    /// <summary>
    /// Looks, without opening anything, at what a path names. Links are followed. A missing file passes, and so does a folder: opening
    /// those fails at once and says why.
    /// </summary>
    /// <exception cref="IOException">It is neither a regular file nor a folder.</exception>
    public static void Refuse(string path)
    {
        if (Libc.statx(Libc.AT_FDCWD, path, 0, Libc.STATX_TYPE, out statx status) == -1) return;
        if ((status.stx_mode & Libc.S_IFMT) is Libc.S_IFREG or Libc.S_IFDIR) return;
        throw new IOException($"'{path}' is not a regular file.");
    }
}
