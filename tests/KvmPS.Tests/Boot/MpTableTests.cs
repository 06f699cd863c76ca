using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The MP tables as a guest reads them: by signature, lengths and checksums.</summary>
public sealed class MpTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(254)]
    public void A_guest_finds_every_processor_and_the_IO_APIC(int processors)
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        MpTable.Write(memory, processors);

        byte[] pointer = memory.Bytes(0x9_FC00, 16);
        Assert.Equal("_MP_"u8, pointer.AsSpan(0, 4));
        Assert.Equal(0, Sum(pointer));
        Assert.Equal((1, 4), (pointer[8], pointer[9]));

        uint at = BitConverter.ToUInt32(pointer, 4);
        byte[] table = memory.Bytes(at, memory.At<ushort>(at + 4));
        Assert.Equal("PCMP"u8, table.AsSpan(0, 4));
        Assert.Equal(0, Sum(table));
        Assert.Equal(0xFEE0_0000u, BitConverter.ToUInt32(table, 36));

        List<byte[]> entries = Entries(table);
        Assert.Equal(BitConverter.ToUInt16(table, 34), entries.Count);
        Assert.Equal(entries.Select(entry => entry[0]).Order(), entries.Select(entry => entry[0]));

        byte[][] cpus = [.. entries.Where(entry => entry[0] == 0)];
        Assert.Equal(Enumerable.Range(0, processors), cpus.Select(cpu => (int)cpu[1]));
        Assert.All(cpus, cpu => Assert.Equal(cpu[1] == 0 ? 3 : 1, cpu[3]));

        byte[] ioApic = Assert.Single(entries, entry => entry[0] == 2);
        Assert.Equal(processors, ioApic[1]);
        Assert.Equal(1, ioApic[3]);
        Assert.Equal(0xFEC0_0000u, BitConverter.ToUInt32(ioApic, 4));
        Assert.Equal("ISA   "u8, Assert.Single(entries, entry => entry[0] == 1).AsSpan(2));

        byte[][] interrupts = [.. entries.Where(entry => entry[0] == 3)];
        Assert.Equal([0, 1, .. Enumerable.Range(3, 21)], interrupts.Select(entry => (int)entry[5]));
        Assert.All(interrupts, entry => Assert.Equal(entry[5] < 16 ? 0 : 0b0101, BitConverter.ToUInt16(entry, 2))); // as the ISA bus has it; active high, edge
        Assert.All(interrupts, entry => Assert.Equal((0, entry[5], processors), (entry[1], entry[7], entry[6])));

        byte[][] local = [.. entries.Where(entry => entry[0] == 4)];
        Assert.Equal([(3, 0, 0), (1, 0xFF, 1)], local.Select(entry => ((int)entry[1], (int)entry[6], (int)entry[7])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void Processor_counts_without_an_APIC_id_are_refused(int processors)
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        Assert.Throws<ArgumentOutOfRangeException>(() => MpTable.Write(memory, processors));
        Assert.Throws<ArgumentOutOfRangeException>(() => MpTable.Ranges(processors));
    }

    [Theory]
    [InlineData(0x9_FC0Fu, 2u, "the MP floating pointer")]
    [InlineData(0xF_0000u, 2u, "the MP configuration table")]
    [InlineData(0xF_00D7u, 2u, "the MP configuration table")]
    [InlineData(0x4_0000u, 0u, "1 MiB at least")]
    public void An_image_leaves_the_tables_their_place(uint address, ulong mebibytes, string rule)
    {
        using GuestMemory memory = BootTest.Memory(mebibytes == 0 ? BootTest.MiB / 2 : mebibytes * BootTest.MiB);
        BootImage image = BootTest.Flat(address);
        var error = Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters { MpProcessors = 1 }));
        Assert.Contains(rule, error.Rule, StringComparison.Ordinal);

        image.Place(memory, new BootParameters());
        Assert.Equal(0x1BAD_B002u, memory.At<uint>(address));
    }

    [Fact]
    public void An_image_may_lie_right_behind_the_tables()
    {
        using GuestMemory memory = BootTest.Memory(BootTest.MiB);
        MpTable.Write(memory, 3);
        ulong length = memory.At<ushort>(0xF_0004);
        Assert.Equal([(0x9_FC00ul, 16ul), (0xF_0000ul, length)], MpTable.Ranges(3).Select(range => (range.Start.Value, range.Size)));

        BootTest.Flat(0xF_0000u + (uint)length).Place(memory, new BootParameters { MpProcessors = 3 });
        BootTest.Flat(0x9_FC10).Place(memory, new BootParameters { MpProcessors = 3 });
        Assert.Equal("_MP_"u8, memory.Bytes(0x9_FC00, 4));
        Assert.Equal("PCMP"u8, memory.Bytes(0xF_0000, 4));
    }

    [Fact]
    public void The_tables_lie_in_reserved_memory()
    {
        using GuestMemory memory = BootTest.Memory();
        MpTable.Write(memory, 254);
        ushort length = memory.At<ushort>(0xF_0004);

        IEnumerable<E820Entry> reserved = E820Map.Of(memory).Entries.Where(entry => entry.Type == E820Type.Reserved);
        Assert.Contains(reserved, entry => entry.Start.Value <= 0x9_FC00 && entry.End.Value >= 0x9_FC10);
        Assert.Contains(reserved, entry => entry.Start.Value <= 0xF_0000 && entry.End.Value >= 0xF_0000ul + length);
    }

    private static List<byte[]> Entries(byte[] table)
    {
        var entries = new List<byte[]>();
        for (int at = 44; at < table.Length;)
        {
            int size = table[at] == 0 ? 20 : 8;
            entries.Add(table[at..(at + size)]);
            at += size;
        }

        return entries;
    }

    private static byte Sum(byte[] bytes) => bytes.Aggregate((byte)0, (sum, value) => unchecked((byte)(sum + value)));
}
