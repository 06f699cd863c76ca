using System.Buffers.Binary;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>
/// The multiple APIC description table [acpi §5.2.12]: processors, the I/O APIC, and where ISA interrupts differ from the rule that each is on the
/// pin of its number, edge-triggered. KVM's default routing keeps the rule, for the timer too: only the system control interrupt differs.
/// </summary>
internal static class Madt
{
    private const byte Revision = 5;

    private const byte LocalApic = 0;
    private const byte IoApic = 1;
    private const byte InterruptOverride = 2;
    private const byte LocalApicNmi = 4;

    private const uint HasLegacyInterruptControllers = 1;
    private const uint Enabled = 1;
    private const byte IsaBus = 0;
    private const byte AllProcessors = 0xFF;

    /// <summary>Active high (01) in the low two bits, level (11) in the next two.</summary>
    private const ushort ActiveHighLevel = 0b1101;

    /// <summary>Makes the table.</summary>
    public static byte[] Create(AcpiPlatform platform)
    {
        List<byte> body = [.. LittleEndian((uint)MemoryLayout.LocalApic), .. LittleEndian(HasLegacyInterruptControllers)];
        for (int id = 0; id < platform.Processors; id++) body.AddRange([LocalApic, 8, (byte)id, (byte)id, .. LittleEndian(Enabled)]);

        // The I/O APIC's id is the one after the processors', as in the MP table; its inputs begin at interrupt 0.
        body.AddRange([IoApic, 12, (byte)platform.Processors, 0, .. LittleEndian((uint)MemoryLayout.IoApic), .. LittleEndian(0)]);

        byte sci = platform.SystemControlInterrupt;
        body.AddRange([InterruptOverride, 10, IsaBus, sci, .. LittleEndian(sci), (byte)ActiveHighLevel, ActiveHighLevel >> 8]);
        body.AddRange([LocalApicNmi, 6, AllProcessors, 0, 0, 1]); // LINT1 of all of them, polarity and trigger by the bus.
        return AcpiTable.Create("APIC", Revision, body.ToArray());
    }

    private static byte[] LittleEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
