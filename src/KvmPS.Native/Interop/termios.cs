using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct termios</c> of libc, which is not the kernel's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct termios
{
    public uint c_iflag;
    public uint c_oflag;
    public uint c_cflag;
    public uint c_lflag;
    public byte c_line;
    public termios_cc c_cc;
    public uint c_ispeed;
    public uint c_ospeed;
}

/// <summary>The special characters.</summary>
[InlineArray(32)]
internal struct termios_cc
{
    private byte _first;
}
