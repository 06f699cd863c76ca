using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>
/// The tables of the MultiProcessor Specification: they tell a guest without ACPI its processors, its I/O APIC and how ISA interrupts reach it.
/// Without them Linux falls back to the 8259 and probes its timer at length.
/// </summary>
public static class MpTable
{
    /// <summary>The most processors: 8-bit APIC ids less broadcast and the I/O APIC's.</summary>
    public const int MaxProcessors = 254;

    private const int FloatingPointerSize = 16;
    private const int HeaderSize = 44;
    private const int ProcessorSize = 20;
    private const int OtherSize = 8;
    private const int IsaInterrupts = 16;
    private const int IoApicInputs = 24;

    /// <summary>The 8259's own cascade input, at which no device is.</summary>
    private const int Cascade = 2;

    /// <summary>The bus, the I/O APIC, its inputs less the cascade, and the two local interrupts.</summary>
    private const int OtherEntries = 2 + (IoApicInputs - 1) + 2;

    /// <summary>Active high and edge-triggered, for inputs that no ISA interrupt has: virtio devices are there.</summary>
    private const byte HighEdge = 0b01_01;

    private const byte IsaBus = 0;
    private const byte Revision14 = 4;

    private const byte EntryProcessor = 0;
    private const byte EntryBus = 1;
    private const byte EntryIoApic = 2;
    private const byte EntryIoInterrupt = 3;
    private const byte EntryLocalInterrupt = 4;

    private const byte Enabled = 1;
    private const byte BootProcessor = 2;
    private const uint Family6 = 0x600;
    private const uint HasFpuAndApic = 0x201;
    private const byte IntegratedApicVersion = 0x14;
    private const byte IoApicVersion = 0x11;

    /// <summary>An ordinary vectored interrupt.</summary>
    private const byte TypeInt = 0;

    /// <summary>A non-maskable interrupt.</summary>
    private const byte TypeNmi = 1;

    /// <summary>An interrupt whose vector the 8259 supplies.</summary>
    private const byte TypeExtInt = 3;

    private const byte FirstLocalApic = 0;
    private const byte AllLocalApics = 0xFF;

    /// <summary>The ranges that <see cref="Write"/> fills.</summary>
    /// <param name="processors">How many vCPUs.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one processor, or more than <see cref="MaxProcessors"/>.</exception>
    public static IReadOnlyList<ReservedRange> Ranges(int processors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(processors, MaxProcessors);
        return
        [
            new ReservedRange(MemoryLayout.Ebda.Start, FloatingPointerSize, "the MP floating pointer"),
            new ReservedRange(MemoryLayout.BiosArea.Start, (ulong)ConfigurationSize(processors), "the MP configuration table"),
        ];
    }

    /// <summary>Writes the floating pointer at <see cref="MemoryLayout.Ebda"/> and the configuration table at <see cref="MemoryLayout.BiosArea"/>.</summary>
    /// <param name="memory">The machine's RAM, of which <see cref="Ranges"/> are part.</param>
    /// <param name="processors">How many vCPUs, with APIC ids from 0 on; the first one boots.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one processor, or more than <see cref="MaxProcessors"/>.</exception>
    /// <exception cref="GuestMemoryException">There is no RAM there.</exception>
    public static void Write(GuestMemory memory, int processors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(processors, MaxProcessors);
        memory.Write(MemoryLayout.BiosArea.Start, Configuration((byte)processors));
        memory.Write(MemoryLayout.Ebda.Start, FloatingPointer(MemoryLayout.BiosArea.Start));
    }

    /// <summary>The MP floating pointer structure [mps §4.1]. Its feature bytes stay zero: a configuration table exists, and there is no IMCR.</summary>
    private static byte[] FloatingPointer(GuestAddress configuration)
    {
        byte[] bytes = new byte[FloatingPointerSize];
        "_MP_"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)configuration.Value);
        bytes[8] = FloatingPointerSize / 16;
        bytes[9] = Revision14;
        bytes[10] = TableChecksum.Of(bytes);
        return bytes;
    }

    /// <summary>The MP configuration table [mps §4.2, §4.3]: entries in ascending order of their types, as the specification demands.</summary>
    private static byte[] Configuration(byte processors)
    {
        byte[] table = new byte[ConfigurationSize(processors)];
        "PCMP"u8.CopyTo(table);
        BinaryPrimitives.WriteUInt16LittleEndian(table.AsSpan(4), (ushort)table.Length);
        table[6] = Revision14;
        "KVMPS   "u8.CopyTo(table.AsSpan(8));
        "MACHINE     "u8.CopyTo(table.AsSpan(16));
        BinaryPrimitives.WriteUInt16LittleEndian(table.AsSpan(34), (ushort)(processors + OtherEntries));
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(36), (uint)MemoryLayout.LocalApic);

        Span<byte> rest = table.AsSpan(HeaderSize);
        for (byte id = 0; id < processors; id++) Append(ref rest, Processor(id));

        byte ioApic = processors;
        Append(ref rest, [EntryBus, IsaBus, .. "ISA   "u8]);
        Append(ref rest, [EntryIoApic, ioApic, IoApicVersion, Enabled, .. LittleEndian((uint)MemoryLayout.IoApic)]);
        for (byte irq = 0; irq < IoApicInputs; irq++)
        {
            // Polarity and trigger mode 0: as the bus has it. Each IRQ is on the pin of its number, which is KVM's default routing.
            if (irq != Cascade) Append(ref rest, [EntryIoInterrupt, TypeInt, irq < IsaInterrupts ? (byte)0 : HighEdge, 0, IsaBus, irq, ioApic, irq]);
        }

        // LINT0 of the first processor is wired to the 8259, LINT1 of all of them to NMI.
        Append(ref rest, [EntryLocalInterrupt, TypeExtInt, 0, 0, IsaBus, 0, FirstLocalApic, 0]);
        Append(ref rest, [EntryLocalInterrupt, TypeNmi, 0, 0, IsaBus, 0, AllLocalApics, 1]);
        table[7] = TableChecksum.Of(table);
        return table;
    }

    private static int ConfigurationSize(int processors) => HeaderSize + (processors * ProcessorSize) + (OtherEntries * OtherSize);

    private static byte[] Processor(byte id)
    {
        byte[] entry = new byte[ProcessorSize];
        entry[0] = EntryProcessor;
        entry[1] = id;
        entry[2] = IntegratedApicVersion;
        entry[3] = (byte)(Enabled | (id == 0 ? BootProcessor : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), Family6);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(8), HasFpuAndApic);
        return entry;
    }

    private static void Append(ref Span<byte> rest, scoped ReadOnlySpan<byte> entry)
    {
        entry.CopyTo(rest);
        rest = rest[entry.Length..];
    }

    private static byte[] LittleEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
