using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Builds Linux's <c>struct boot_params</c> [zero-page]; fields that nobody sets are zero, which means absent.</summary>
internal sealed class ZeroPage
{
    private const byte UnknownLoader = 0xFF;
    private const byte CanUseHeap = 0x80;
    private const ushort NormalVideoMode = 0xFFFF;
    private const int MemoryMapTable = 0x2D0;

    private readonly byte[] _page = new byte[4096];

    /// <summary>Begins with the setup header, as the protocol demands, and marks us as its loader [x86-boot §1.14].</summary>
    public ZeroPage(SetupHeader header)
    {
        header.Bytes.CopyTo(_page.AsSpan(SetupHeader.Start));
        U16(0x1FA, NormalVideoMode);
        _page[0x210] = UnknownLoader;
        _page[0x211] &= unchecked((byte)~CanUseHeap);
    }

    /// <summary>The page, to be written at <see cref="MemoryLayout.ZeroPage"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _page;

    /// <summary>Where the code was loaded: the 32-bit entry that a relocatable kernel computes its address from.</summary>
    public uint Code32Start { set => U32(0x214, value); }

    /// <summary>The command line, which must lie below 4 GiB.</summary>
    public GuestAddress CommandLine { set => U32(0x228, checked((uint)value.Value)); }

    /// <summary>The root pointer of ACPI.</summary>
    public GuestAddress AcpiRsdp { set => BinaryPrimitives.WriteUInt64LittleEndian(_page.AsSpan(0x070), value.Value); }

    /// <summary>The initrd, which must lie below 4 GiB.</summary>
    public void SetInitrd(GuestAddress start, ulong size)
    {
        U32(0x218, checked((uint)start.Value));
        U32(0x21C, checked((uint)size));
    }

    /// <summary>The memory map.</summary>
    public void SetMemoryMap(E820Map map)
    {
        _page[0x1E8] = checked((byte)map.Entries.Count);
        map.ToBytes().CopyTo(_page.AsSpan(MemoryMapTable));
    }

    private void U16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(offset), value);

    private void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(offset), value);
}
