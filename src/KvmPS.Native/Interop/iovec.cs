using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct iovec</c>: one piece of memory in a vectored read or write.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct iovec
{
    public void* iov_base;
    public nuint iov_len;
}
