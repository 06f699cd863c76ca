using System.Buffers.Binary;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>Resource descriptors [acpi §6.4]: what a device says of its ports, interrupts and registers.</summary>
public static class AmlResource
{
    private const byte IrqNoFlags = 0x22;
    private const byte IoPort = 0x47;
    private const byte EndTag = 0x79;
    private const byte Memory32FixedTag = 0x86;
    private const byte ExtendedInterruptTag = 0x89;

    private const byte Decode16 = 1;
    private const byte ReadWrite = 1;
    private const byte Consumer = 1 << 0;
    private const byte ExtendedEdge = 1 << 1;
    private const int IsaInterrupts = 16;

    /// <summary>A resource template: the descriptors and the end tag, whose checksum of 0 means that there is none [acpi §6.4.2.9].</summary>
    public static byte[] Template(params ReadOnlySpan<byte[]> descriptors) => Aml.Buffer([.. descriptors.ToArray().SelectMany(static bytes => bytes), EndTag, 0]);

    /// <summary><c>IO (Decode16, first, first, 1, count)</c>: fixed I/O ports.</summary>
    public static byte[] Io(ushort first, byte count)
    {
        byte[] descriptor = [IoPort, Decode16, 0, 0, 0, 0, 1, count];
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor.AsSpan(2), first);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor.AsSpan(4), first);
        return descriptor;
    }

    /// <summary><c>IRQNoFlags () { irq }</c>: an ISA interrupt, edge-triggered and active high.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the 16.</exception>
    public static byte[] Irq(int irq) => [IrqNoFlags, .. Mask(irq)];

    /// <summary><c>Memory32Fixed (ReadWrite, address, length)</c>: registers below 4 GiB.</summary>
    public static byte[] Memory32Fixed(uint address, uint length)
    {
        byte[] descriptor = [Memory32FixedTag, 9, 0, ReadWrite, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(4), address);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(8), length);
        return descriptor;
    }

    /// <summary><c>Interrupt (ResourceConsumer, Edge or Level, ActiveHigh, Exclusive) { gsi }</c>: an input of the I/O APIC.</summary>
    /// <param name="gsi">The global system interrupt.</param>
    /// <param name="edge">Edge rather than level.</param>
    public static byte[] Interrupt(uint gsi, bool edge)
    {
        byte[] descriptor = [ExtendedInterruptTag, 6, 0, (byte)(Consumer | (edge ? ExtendedEdge : 0)), 1, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(5), gsi);
        return descriptor;
    }

    private static byte[] Mask(int irq)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(irq);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(irq, IsaInterrupts);
        byte[] mask = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(mask, (ushort)(1 << irq));
        return mask;
    }
}
