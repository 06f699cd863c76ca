using System.Runtime.InteropServices;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>A range of a DISCARD or WRITE_ZEROES request, as the driver writes it [virtio-1.2 §5.2.6].</summary>
/// <param name="Sector">The first, of 512 bytes.</param>
/// <param name="Sectors">How many.</param>
/// <param name="Flags">Only <see cref="Unmap"/> means something.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BlockRange(ulong Sector, uint Sectors, uint Flags)
{
    /// <summary>Bytes of a range as it is sent.</summary>
    public const int Size = 16;

    /// <summary>The room may be given back; of WRITE_ZEROES only.</summary>
    public const uint Unmap = 1;

    /// <summary>The first byte. Only of a range that was found to lie on the disk.</summary>
    public long Offset => (long)Sector * BlockRules.SectorSize;

    /// <summary>Bytes.</summary>
    public long Length => (long)Sectors * BlockRules.SectorSize;

    /// <summary>Whether the room may be given back.</summary>
    public bool MayUnmap => (Flags & Unmap) != 0;
}
