using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>The kinds of memory in the BIOS's memory map; multiboot and PVH use the same numbers [e820].</summary>
public enum E820Type
{
    /// <summary>Usable RAM.</summary>
    Ram = 1,

    /// <summary>Memory that the guest must leave alone.</summary>
    Reserved = 2,

    /// <summary>ACPI tables, usable once they have been read.</summary>
    Acpi = 3,
}

/// <summary>One range of the memory map.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Type">What is there.</param>
public readonly record struct E820Entry(GuestAddress Start, ulong Size, E820Type Type)
{
    /// <summary>Bytes that <see cref="WriteTo"/> writes.</summary>
    internal const int PackedSize = 20;

    /// <summary>The first address after the range.</summary>
    public GuestAddress End => Start + Size;

    /// <summary>Writes the range as every protocol has it: address, size and type, packed and little-endian [e820].</summary>
    internal void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Start.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], (uint)Type);
    }
}

/// <summary>The memory map that the guest is told: the machine's RAM less what tables and KVM occupy, in ascending order.</summary>
public sealed class E820Map
{
    /// <summary>INVARIANT: a handful of entries, two regions' worth; the zero page has room for 128 [zero-page].</summary>
    private E820Map(IReadOnlyList<E820Entry> entries) => Entries = entries;

    /// <summary>The ranges.</summary>
    public IReadOnlyList<E820Entry> Entries { get; }

    /// <summary>RAM from 1 MiB up to the first hole, in bytes: <c>mem_upper</c> of old protocols.</summary>
    public ulong ExtendedMemory =>
        Entries.FirstOrDefault(entry => entry.Type == E820Type.Ram && entry.Start.Value == MemoryLayout.Kernel).Size;

    /// <summary>RAM from 0 up to the first hole, in bytes: <c>mem_lower</c> of old protocols.</summary>
    public ulong BaseMemory => Entries.FirstOrDefault(entry => entry.Type == E820Type.Ram && entry.Start.Value == 0).Size;

    /// <summary>The map of a machine's memory.</summary>
    /// <remarks>
    /// Base memory ends at the EBDA, which holds the MP floating pointer. Display memory and option ROMs (0xA0000-0xDFFFF) are left out, as a BIOS
    /// does: there is RAM behind them here, but guests look for adapters in that range. KVM's own pages are reserved, lest a guest puts a device there.
    /// </remarks>
    public static E820Map Of(GuestMemory memory)
    {
        var entries = new List<E820Entry>();
        foreach (GuestRegion region in memory.Regions)
        {
            Add(entries, region, new GuestAddress(0), MemoryLayout.Ebda.Start, E820Type.Ram);
            Add(entries, region, MemoryLayout.Ebda.Start, MemoryLayout.Ebda.End, E820Type.Reserved);
            Add(entries, region, MemoryLayout.AcpiTables.Start, MemoryLayout.BiosArea.End, E820Type.Reserved);
            Add(entries, region, new GuestAddress(MemoryLayout.Kernel), new GuestAddress(ulong.MaxValue), E820Type.Ram);
        }

        int hole = entries.FindIndex(entry => entry.Start.Value >= MemoryLayout.MmioHoleEnd);
        var kvm = new E820Entry(
            new GuestAddress(MemoryLayout.KvmIdentityMap), MemoryLayout.MmioHoleEnd - MemoryLayout.KvmIdentityMap, E820Type.Reserved);
        entries.Insert(hole < 0 ? entries.Count : hole, kvm);
        return new E820Map(entries);
    }

    /// <summary>The ranges one behind the other, as Linux and firmware are handed them [zero-page] [fw-cfg].</summary>
    internal byte[] ToBytes()
    {
        byte[] table = new byte[Entries.Count * E820Entry.PackedSize];
        for (int i = 0; i < Entries.Count; i++) Entries[i].WriteTo(table.AsSpan(i * E820Entry.PackedSize));
        return table;
    }

    /// <summary>Adds the part of a region that lies in [<paramref name="start"/>, <paramref name="end"/>).</summary>
    private static void Add(List<E820Entry> entries, GuestRegion region, GuestAddress start, GuestAddress end, E820Type type)
    {
        GuestAddress from = region.Start > start ? region.Start : start;
        GuestAddress to = region.End < end ? region.End : end;
        if (from < to) entries.Add(new E820Entry(from, to.Value - from.Value, type));
    }
}
