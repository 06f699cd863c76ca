using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct flock</c>: a lock on a range of a file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct flock
{
    public short l_type;
    public short l_whence;
    public long l_start;
    public long l_len;
    public int l_pid;
}
