using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct epoll_event</c>, which x86-64 packs.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct epoll_event
{
    public uint events;
    public ulong data;
}
