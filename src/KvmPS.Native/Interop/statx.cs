using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct statx</c>, with the fields that KvmPS reads and room for all that the kernel writes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct statx
{
    [FieldOffset(0)] public uint stx_mask;
    [FieldOffset(28)] public ushort stx_mode;
}
