using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct timespec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct timespec
{
    public long tv_sec;
    public long tv_nsec;
}
