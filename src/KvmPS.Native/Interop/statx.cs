using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct statx</c>, with the fields that KvmPS reads and room for all that the kernel writes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct statx
{
    [FieldOffset(0)] public uint stx_mask;
    [FieldOffset(20)] public uint stx_uid;
    [FieldOffset(24)] public uint stx_gid;
    [FieldOffset(28)] public ushort stx_mode;
    [FieldOffset(32)] public ulong stx_ino;
    [FieldOffset(40)] public ulong stx_size;
    [FieldOffset(48)] public ulong stx_blocks;
    [FieldOffset(136)] public uint stx_dev_major;
    [FieldOffset(140)] public uint stx_dev_minor;
    [FieldOffset(152)] public uint stx_dio_mem_align;
    [FieldOffset(156)] public uint stx_dio_offset_align;
}
