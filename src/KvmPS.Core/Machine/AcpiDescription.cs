using KvmPS.Core.Boot.Acpi;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;

namespace KvmPS.Core.Machine;

/// <summary>Tells the ACPI tables of a machine's devices by looking at its ports: what is not there is not described, and nobody keeps a second list.</summary>
internal static class AcpiDescription
{
    /// <summary>The tables of a machine.</summary>
    /// <param name="ports">Its I/O ports, with every device in its place.</param>
    /// <param name="processors">How many vCPUs.</param>
    /// <param name="virtio">Its virtio devices.</param>
    public static AcpiTables Tables(Bus ports, int processors, IEnumerable<VirtioSlot> virtio) => AcpiTables.Of(Of(ports, processors, virtio));

    /// <summary>What the tables are to say.</summary>
    /// <param name="ports">Its I/O ports, with every device in its place.</param>
    /// <param name="processors">How many vCPUs.</param>
    /// <param name="virtio">Its virtio devices.</param>
    public static AcpiPlatform Of(Bus ports, int processors, IEnumerable<VirtioSlot> virtio)
    {
        HashSet<ulong> present = [.. ports.Devices.Select(static mapping => mapping.Range.Start)];
        List<AcpiDevice> devices = [];
        for (int i = 0; i < PcPlatform.SerialPorts.Count; i++)
        {
            (AddressRange range, int irq) = PcPlatform.SerialPorts[i];
            if (Has(range)) devices.Add(AcpiDevice.SerialPort(i + 1, (ushort)range.Start, irq));
        }

        if (Has(PortMap.PvPanic)) devices.Add(AtPorts("PEVT", "QEMU0001", PortMap.PvPanic));
        if (Has(PortMap.FwCfg)) devices.Add(AtPorts("FWCF", "QEMU0002", PortMap.FwCfg));

        devices.AddRange(VirtioAnnouncement.ForAcpi(virtio));
        return new AcpiPlatform
        {
            Processors = processors,
            PowerManagementPort = (ushort)PortMap.AcpiPm.Start,
            SystemControlInterrupt = PcPlatform.SystemControlIrq,
            ResetPort = PciHostStub.ResetControlPort,
            SoftOffType = AcpiPm.SoftOffType,
            HasKeyboardController = Has(PortMap.KeyboardCommand),
            HasRealTimeClock = Has(PortMap.Cmos),
            Devices = devices,
        };

        bool Has(AddressRange range) => present.Contains(range.Start);
    }

    private static AcpiDevice AtPorts(string name, string hardwareId, AddressRange ports) =>
        new(name, hardwareId, [AmlResource.Io((ushort)ports.Start, (byte)ports.Length)]);
}
