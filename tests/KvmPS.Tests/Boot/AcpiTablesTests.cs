using System.Text;
using KvmPS.Core.Boot;
using KvmPS.Core.Boot.Acpi;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The ACPI tables as a guest reads them from memory, and as ACPICA understands them.</summary>
public sealed class AcpiTablesTests
{
    private static readonly AcpiPlatform Platform = new()
    {
        Processors = 2,
        PowerManagementPort = 0x600,
        SystemControlInterrupt = 9,
        ResetPort = 0xCF9,
        SoftOffType = 0,
        HasKeyboardController = true,
        Devices =
        [
            AcpiDevice.SerialPort(1, 0x3F8, 4),
            AcpiDevice.SerialPort(2, 0x2F8, 3),
            new AcpiDevice("FWCF", "QEMU0002", [AmlResource.Io(0x510, 12)]),
            AcpiDevice.VirtioMmio(0, 0xD000_0000, 0x1000, 16),
            AcpiDevice.VirtioMmio(1, 0xD000_1000, 0x1000, 17),
        ],
    };

    public static TheoryData<int, string> Tables_of_machines()
    {
        var data = new TheoryData<int, string>();
        foreach (int processors in new[] { 1, 2, 64 })
            foreach (string signature in new[] { "XSDT", "FACP", "APIC", "DSDT" }) data.Add(processors, signature);
        return data;
    }

    /// <summary>The tables of a machine with two processors and some devices.</summary>
    internal static AcpiTables Tables() => AcpiTables.Of(Platform);

    [Fact]
    public void A_guest_finds_every_table_from_the_root_pointer_on()
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        Tables().Write(memory);

        byte[] root = memory.Bytes(0xE_0000, 36);
        Assert.Equal("RSD PTR "u8, root.AsSpan(0, 8));
        Assert.Equal((0, 0), (Sum(root[..20]), Sum(root)));
        Assert.Equal((2, 36), (root[15], BitConverter.ToInt32(root, 20)));

        Dictionary<string, byte[]> tables = Read(memory);
        Assert.Equal(["APIC", "DSDT", "FACP", "FACS", "XSDT"], tables.Keys.Order(StringComparer.Ordinal));
        Assert.All(tables.Where(static table => table.Key != "FACS"), static table => Assert.Equal(0, Sum(table.Value)));
        Assert.Equal(0u, BitConverter.ToUInt32(tables["FACP"], 36) % 64); // The FACS' alignment.
        Assert.Equal(BitConverter.ToUInt32(tables["FACP"], 40), BitConverter.ToUInt64(tables["FACP"], 140));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(254)]
    public void The_MADT_has_every_processor(int processors)
    {
        byte[] madt = Read(Platform with { Processors = processors })["APIC"];
        Assert.Equal((0xFEE0_0000u, 1u), (BitConverter.ToUInt32(madt, 36), BitConverter.ToUInt32(madt, 40)));

        List<byte[]> entries = [];
        for (int at = 44; at < madt.Length; at += madt[at + 1]) entries.Add(madt[at..(at + madt[at + 1])]);
        Assert.Equal(Enumerable.Range(0, processors).Select(static id => Convert.ToHexString([0, 8, (byte)id, (byte)id, 1, 0, 0, 0])), entries.Where(static entry => entry[0] == 0).Select(Convert.ToHexString));
        Assert.Equal(
            ["010C" + processors.ToString("X2", null) + "000000C0FE00000000", "020A0009090000000D00", "0406FF000001"],
            entries.Where(static entry => entry[0] != 0).Select(Convert.ToHexString));
    }

    [Theory]
    [InlineData(false, false, 0x35)]
    [InlineData(true, false, 0x37)]
    [InlineData(true, true, 0x17)]
    public void The_FADT_tells_what_a_PC_has_of_which_this_one_may_not(bool keyboard, bool clock, int architecture)
    {
        byte[] fadt = Read(Platform with { HasKeyboardController = keyboard, HasRealTimeClock = clock })["FACP"];
        Assert.Equal((276, 6), (fadt.Length, fadt[8]));
        Assert.Equal(architecture, BitConverter.ToUInt16(fadt, 109));
        Assert.Equal(clock ? 0x32 : 0, fadt[108]);
        Assert.Equal(0u, BitConverter.ToUInt32(fadt, 48)); // No SMI command port: always in ACPI mode.
        Assert.Equal((9, 0x600u, 0x604u, 0x608u), (BitConverter.ToUInt16(fadt, 46), BitConverter.ToUInt32(fadt, 56), BitConverter.ToUInt32(fadt, 64), BitConverter.ToUInt32(fadt, 76)));
        Assert.Equal("01080001F90C00000000000006", Convert.ToHexString(fadt, 116, 13)); // Reset register and value.
        Assert.Equal("012000020006000000000000", Convert.ToHexString(fadt, 148, 12)); // The extended addresses say the same.
        Assert.Equal("011000020406000000000000", Convert.ToHexString(fadt, 172, 12));
        Assert.Equal("012000030806000000000000", Convert.ToHexString(fadt, 208, 12));
    }

    [Theory]
    [MemberData(nameof(Tables_of_machines))]
    public void ACPICA_reads_every_table_and_makes_the_same_of_it(int processors, string signature)
    {
        byte[] table = Read(Platform with { Processors = processors })[signature];

        (string source, string report) = Iasl.Disassemble(table);
        Assert.Contains(signature, source, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)warning|incorrect|invalid|error", report);
        Assert.Equal(Convert.ToHexString(table.AsSpan(36)), Convert.ToHexString(Iasl.Reassemble(table).AsSpan(36)));
    }

    [Fact]
    public void ACPICA_reads_the_control_structure()
    {
        (string source, string report) = Iasl.Disassemble(Read(Platform)["FACS"]);
        Assert.Contains("Version : 02", source, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)warning|incorrect|invalid|error", report);
    }

    [Fact]
    public void The_DSDT_has_soft_off_and_each_device()
    {
        string source = Iasl.Disassemble(Read(Platform with { SoftOffType = 5 })["DSDT"]).Source;
        Assert.Matches(@"Name \(_S5, Package \(0x04\).*\s+\{\s+0x05,\s+Zero,", source);
        foreach (string expected in (string[])["Device (COM1)", "Device (COM2)", "EisaId (\"PNP0501\")", "\"QEMU0002\"", "Device (VR00)", "\"LNRO0005\"", "0xD0001000,", "0x00000011,", "_CCA, One"])
            Assert.Contains(expected, source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void Processor_counts_without_an_APIC_id_are_refused(int processors) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AcpiTables.Of(Platform with { Processors = processors }));

    [Fact]
    public void A_hundred_devices_have_room_and_four_thousand_are_refused()
    {
        AcpiDevice[] hundred = [.. Enumerable.Range(0, 100).Select(static i => AcpiDevice.VirtioMmio(i, 0xD000_0000 + (0x1000u * (uint)i), 0x1000, 16))];
        AcpiTables tables = AcpiTables.Of(Platform with { Processors = 254, Devices = hundred });
        Assert.InRange(tables.Range.Size, 1ul, 0x1_0000ul);

        AcpiDevice[] many = [.. Enumerable.Range(0, 4096).Select(static i => new AcpiDevice($"D{i:X3}", "PNP0C02", [AmlResource.Io((ushort)i, 1)]))];
        var error = Assert.Throws<ArgumentException>(() => AcpiTables.Of(Platform with { Devices = many }));
        Assert.Contains("room", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_devices_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => AcpiTables.Of(Platform with { Devices = [AcpiDevice.SerialPort(1, 0x3F8, 4), AcpiDevice.SerialPort(1, 0x2F8, 3)] }));

    [Fact]
    public void An_image_leaves_the_tables_their_place_and_they_lie_in_reserved_memory()
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        AcpiTables tables = Tables();
        BootImage image = BootTest.Flat((uint)tables.Range.End.Value - 1);
        var error = Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters { Acpi = tables }));
        Assert.Contains("the ACPI tables", error.Rule, StringComparison.Ordinal);

        BootTest.Flat((uint)tables.Range.End.Value).Place(memory, new BootParameters { Acpi = tables });
        Assert.Equal("RSD PTR "u8, memory.Bytes(0xE_0000, 8));
        Assert.Contains(E820Map.Of(memory).Entries, entry => entry.Type == E820Type.Reserved && entry.Start.Value <= 0xE_0000 && entry.End >= tables.Range.End);
    }

    private static Dictionary<string, byte[]> Read(AcpiPlatform platform)
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        AcpiTables.Of(platform).Write(memory);
        return Read(memory);
    }

    /// <summary>Every table by its signature, found as a guest finds them.</summary>
    private static Dictionary<string, byte[]> Read(GuestMemory memory)
    {
        Dictionary<string, byte[]> tables = new(StringComparer.Ordinal);
        byte[] xsdt = Add(memory.At<ulong>(0xE_0000 + 24));
        for (int at = 36; at < xsdt.Length; at += 8) Add(BitConverter.ToUInt64(xsdt, at));
        Add(BitConverter.ToUInt32(tables["FACP"], 36));
        Add(BitConverter.ToUInt64(tables["FACP"], 140));
        return tables;

        byte[] Add(ulong address)
        {
            byte[] table = memory.Bytes(address, memory.At<int>(address + 4));
            tables.Add(Encoding.ASCII.GetString(table, 0, 4), table);
            return table;
        }
    }

    private static byte Sum(byte[] bytes) => bytes.Aggregate((byte)0, static (sum, value) => unchecked((byte)(sum + value)));
}
