using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>
/// The ACPI tables of a machine, laid out at <see cref="MemoryLayout.AcpiTables"/>: the root pointer first, where a search from 0xE0000 finds it at once,
/// then FACS, DSDT, FADT, MADT and the XSDT that lists the last two.
/// </summary>
public sealed class AcpiTables
{
    /// <summary>The most processors: 8-bit APIC ids less broadcast and the I/O APIC's.</summary>
    public const int MaxProcessors = MpTable.MaxProcessors;

    private const int RootPointerSize = 36;
    private const int RootPointerVersion1Size = 20;
    private const byte RootPointerRevision = 2;
    private const int FacsSize = 64;
    private const byte FacsVersion = 2;
    private const int FacsAlignment = 64;
    private const int TableAlignment = 16;

    private readonly byte[] _bytes;

    private AcpiTables(byte[] bytes) => _bytes = bytes;

    /// <summary>Where the root pointer lies.</summary>
    public GuestAddress RootPointer => Range.Start;

    /// <summary>The range that <see cref="Write"/> fills.</summary>
    public ReservedRange Range => MemoryLayout.AcpiTables with { Size = (ulong)_bytes.Length };

    /// <summary>The tables of a machine.</summary>
    /// <exception cref="ArgumentException">There are fewer than one processor or more than <see cref="MaxProcessors"/>, a device has no name of the ACPI namespace or that of another, or the tables outgrow their place.</exception>
    public static AcpiTables Of(AcpiPlatform platform)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(platform.Processors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(platform.Processors, MaxProcessors);
        if (platform.Devices.DistinctBy(static device => device.Name, StringComparer.Ordinal).Count() != platform.Devices.Count)
            throw new ArgumentException("Two devices have one name.", nameof(platform));

        List<byte> bytes = [.. new byte[RootPointerSize]];
        GuestAddress facs = Append(bytes, FirmwareControl(), FacsAlignment);
        GuestAddress dsdt = Append(bytes, Dsdt.Create(platform), TableAlignment);
        GuestAddress fadt = Append(bytes, Fadt.Create(platform, facs, dsdt), TableAlignment);
        GuestAddress madt = Append(bytes, Madt.Create(platform), TableAlignment);
        GuestAddress xsdt = Append(bytes, Extended(fadt, madt), TableAlignment);
        if ((ulong)bytes.Count > MemoryLayout.AcpiTables.Size) throw new ArgumentException("There are more devices than ACPI tables have room for.", nameof(platform));

        byte[] all = [.. bytes];
        RootPointerTo(xsdt).CopyTo(all, 0);
        return new AcpiTables(all);
    }

    /// <summary>Writes the tables.</summary>
    /// <param name="memory">The machine's RAM, of which <see cref="Range"/> is part.</param>
    /// <exception cref="GuestMemoryException">There is no RAM there.</exception>
    public void Write(GuestMemory memory) => memory.Write(Range.Start, _bytes);

    private static GuestAddress Append(List<byte> bytes, byte[] table, int alignment)
    {
        while (bytes.Count % alignment != 0) bytes.Add(0);
        GuestAddress address = MemoryLayout.AcpiTables.Start + (ulong)bytes.Count;
        bytes.AddRange(table);
        return address;
    }

    /// <summary>The root pointer [acpi §5.2.5.3], without an RSDT: only systems from before ACPI 2.0 look for one.</summary>
    private static byte[] RootPointerTo(GuestAddress xsdt)
    {
        byte[] pointer = new byte[RootPointerSize];
        "RSD PTR "u8.CopyTo(pointer);
        AcpiTable.Maker.CopyTo(pointer.AsSpan(9));
        pointer[15] = RootPointerRevision;
        BinaryPrimitives.WriteUInt32LittleEndian(pointer.AsSpan(20), RootPointerSize);
        BinaryPrimitives.WriteUInt64LittleEndian(pointer.AsSpan(24), xsdt.Value);
        pointer[8] = TableChecksum.Of(pointer.AsSpan(0, RootPointerVersion1Size));
        pointer[32] = TableChecksum.Of(pointer);
        return pointer;
    }

    /// <summary>The extended system description table [acpi §5.2.8].</summary>
    private static byte[] Extended(params ReadOnlySpan<GuestAddress> tables)
    {
        byte[] body = new byte[tables.Length * sizeof(ulong)];
        for (int i = 0; i < tables.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(i * sizeof(ulong)), tables[i].Value);
        return AcpiTable.Create("XSDT", 1, body);
    }

    /// <summary>The firmware ACPI control structure [acpi §5.2.10]: no firmware ever waits for the global lock in it, and nothing wakes up, but fixed hardware must have one.</summary>
    private static byte[] FirmwareControl()
    {
        byte[] structure = new byte[FacsSize];
        "FACS"u8.CopyTo(structure);
        BinaryPrimitives.WriteUInt32LittleEndian(structure.AsSpan(4), FacsSize);
        structure[32] = FacsVersion;
        return structure;
    }
}
