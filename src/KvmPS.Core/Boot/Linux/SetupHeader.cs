using System.Buffers.Binary;

namespace KvmPS.Core.Boot;

/// <summary>
/// Linux's setup header, which lies at the same offset in a bzImage and in the zero page: offsets here are those of both [x86-boot §1.2].
/// </summary>
internal sealed class SetupHeader
{
    /// <summary>Where the header begins: <c>setup_sects</c>.</summary>
    public const int Start = 0x1F1;

    private const int EndOfShortJump = 0x202;

    /// <summary>Where the header must end in the zero page, since EDD data follow.</summary>
    private const int Limit = 0x290;

    private const ushort BootFlag = 0xAA55;
    private const uint Magic = 0x5372_6448;
    private const byte LoadedHigh = 1;
    private const ushort Kernel64 = 1;

    private readonly byte[] _page = new byte[Limit];
    private readonly int _end;

    private SetupHeader(ReadOnlySpan<byte> header)
    {
        header.CopyTo(_page.AsSpan(Start));
        _end = Start + header.Length;
    }

    /// <summary>The header's own bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _page.AsSpan(Start, _end - Start);

    /// <summary>The offset of the code behind the real-mode part; 0 sectors mean 4, for the oldest images.</summary>
    public long CodeOffset => ((_page[0x1F1] == 0 ? 4 : _page[0x1F1]) + 1) * 512L;

    /// <summary>The protocol version, such as 0x20F for 2.15.</summary>
    public ushort Version => U16(0x206);

    /// <summary>Where the version text lies, less 0x200; 0 for none.</summary>
    public ushort VersionText => U16(0x20E);

    /// <summary>The 32-bit entry of the code when it is loaded where it wishes.</summary>
    public uint Code32Start => U32(0x214);

    /// <summary>The highest address that an initrd may occupy.</summary>
    public uint InitrdAddressMax => U32(0x22C);

    /// <summary>The alignment that a relocatable kernel needs.</summary>
    public uint Alignment => U32(0x230);

    /// <summary>Whether the code runs at any aligned address.</summary>
    public bool IsRelocatable => _page[0x234] != 0;

    /// <summary>Whether the code has a 64-bit entry 0x200 bytes in.</summary>
    public bool HasEntry64 => Version >= 0x20C && (U16(0x236) & Kernel64) != 0;

    /// <summary>The longest command line, without its terminator.</summary>
    public uint CommandLineSize => U32(0x238);

    /// <summary>Where the compressed kernel begins, from <see cref="CodeOffset"/> on; 0 before protocol 2.08.</summary>
    public uint PayloadOffset => Version >= 0x208 ? U32(0x248) : 0;

    /// <summary>How long the compressed kernel is.</summary>
    public uint PayloadLength => Version >= 0x208 ? U32(0x24C) : 0;

    /// <summary>Where the kernel would like to be; null before protocol 2.10.</summary>
    public ulong? PreferredAddress => Version >= 0x20A ? U64(0x258) : null;

    /// <summary>How much memory the kernel needs from its address on until it can read a memory map; 0 before protocol 2.10.</summary>
    public uint InitSize => Version >= 0x20A ? U32(0x260) : 0;

    /// <summary>Whether the magic numbers of a kernel with a setup header are there.</summary>
    public static bool Recognizes(in ImageReader head) => head.Length >= 0x206 && head.U16(0x1FE) == BootFlag && head.U32(0x202) == Magic;

    /// <summary>Reads the header of an image.</summary>
    /// <exception cref="ImageNotBootableException">It is cut off, too old, or that of a zImage.</exception>
    public static SetupHeader Read(in ImageReader head)
    {
        int length = EndOfShortJump + head.U8(0x201) - Start;
        if (length > Limit - Start)
            throw head.Broken(0x201, $"the setup header ends at 0x{Start + length:x}, past 0x{Limit:x} where it must [x86-boot §1.14].");

        ushort version = head.U16(0x206);
        if (version < 0x206)
        {
            throw head.Broken(
                0x206, $"it speaks boot protocol {Name(version)}, and 2.06 (Linux 2.6.22) is the oldest that can be entered without a BIOS [x86-boot §1.2].");
        }

        if ((head.U8(0x211) & LoadedHigh) == 0) throw head.Broken(0x211, "LOADED_HIGH is not set: it is a zImage, which needs a BIOS [x86-boot §1.3].");

        // The jump over the header tells how long it is; each version has fields up to a known place, and a shorter header is a broken one.
        int needed = version switch { < 0x208 => 0x23C, < 0x20A => 0x250, _ => 0x264 };
        if (Start + length < needed)
        {
            throw head.Broken(
                0x201, $"the setup header ends at 0x{Start + length:x}, and protocol {Name(version)} has fields up to 0x{needed:x} [x86-boot §1.2].");
        }

        return new SetupHeader(head.Take(Start, length));
    }

    /// <summary>The header for a kernel that comes without one: what a boot loader would have filled in, and the limits of every 64-bit kernel.</summary>
    public static SetupHeader ForVmlinux()
    {
        var header = new SetupHeader(new byte[0x268 - Start]);
        Span<byte> page = header._page;
        BinaryPrimitives.WriteUInt16LittleEndian(page[0x1FE..], BootFlag);
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x202..], Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(page[0x206..], 0x20F);
        page[0x211] = LoadedHigh;
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x22C..], 0x7FFF_FFFF);
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x230..], 0x20_0000);
        BinaryPrimitives.WriteUInt16LittleEndian(page[0x236..], Kernel64);
        BinaryPrimitives.WriteUInt32LittleEndian(page[0x238..], 2047);
        return header;
    }

    private static string Name(ushort version) => $"{version >> 8}.{version & 0xFF:00}";

    private ushort U16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_page.AsSpan(offset));

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(offset));

    private ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_page.AsSpan(offset));
}
