namespace KvmPS.Core.Boot.Acpi;

/// <summary>A device of the namespace under <c>\_SB</c>, as the DSDT describes it.</summary>
/// <param name="Name">Its name: four capital letters or digits, unique among the devices.</param>
/// <param name="HardwareId">What drivers know it by: <c>PNP0501</c>, <c>LNRO0005</c>.</param>
/// <param name="Resources">Its ports, interrupts and registers, made by <see cref="AmlResource"/>.</param>
/// <param name="UniqueId">Tells devices of one hardware identifier apart; null where there is one only.</param>
/// <param name="IsCoherent">Whether it says that its DMA is coherent with the caches (<c>_CCA</c>), as what does DMA should.</param>
public sealed record AcpiDevice(string Name, string HardwareId, IReadOnlyList<byte[]> Resources, uint? UniqueId = null, bool IsCoherent = false)
{
    /// <summary>A serial port like those of a PC: COM1 at 0x3F8 with IRQ 4.</summary>
    /// <param name="number">From 1 on.</param>
    /// <param name="port">Its first I/O port of eight.</param>
    /// <param name="irq">Its ISA interrupt.</param>
    public static AcpiDevice SerialPort(int number, ushort port, int irq) =>
        new($"COM{number}", "PNP0501", [AmlResource.Io(port, 8), AmlResource.Irq(irq)], (uint)number);

    /// <summary>A virtio-mmio device, by the hardware identifier that Linux knows.</summary>
    /// <param name="number">From 0 on, up to 99.</param>
    /// <param name="address">Its registers.</param>
    /// <param name="length">How many bytes of them.</param>
    /// <param name="gsi">Its interrupt, edge-triggered.</param>
    public static AcpiDevice VirtioMmio(int number, uint address, uint length, uint gsi) => new(
        $"VR{number:D2}", "LNRO0005", [AmlResource.Memory32Fixed(address, length), AmlResource.Interrupt(gsi, edge: true)], (uint)number, IsCoherent: true);
}

/// <summary>Everything that the ACPI tables say of a machine.</summary>
public sealed record AcpiPlatform
{
    /// <summary>How many vCPUs, with APIC ids from 0 on.</summary>
    public required int Processors { get; init; }

    /// <summary>The first port of the power management registers: events, control at +4, timer at +8.</summary>
    public required ushort PowerManagementPort { get; init; }

    /// <summary>The system control interrupt, an ISA interrupt that power management drives as a level.</summary>
    public required byte SystemControlInterrupt { get; init; }

    /// <summary>The port of the reset control register; 6 written to it resets the machine.</summary>
    public required ushort ResetPort { get; init; }

    /// <summary>The sleep type that control takes for soft-off, S5.</summary>
    public required byte SoftOffType { get; init; }

    /// <summary>Whether there is a keyboard controller.</summary>
    public bool HasKeyboardController { get; init; }

    /// <summary>Whether there is a real-time clock with CMOS memory, and a century in it.</summary>
    public bool HasRealTimeClock { get; init; }

    /// <summary>The devices of the DSDT, in its order.</summary>
    public IReadOnlyList<AcpiDevice> Devices { get; init; } = [];
}
