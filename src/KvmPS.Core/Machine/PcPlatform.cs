using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Devices.Paravirtual;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Core.Devices.Virtio.Console;
using KvmPS.Core.Serial;

namespace KvmPS.Core.Machine;

/// <summary>Which devices a machine has, at which ports, on which interrupts: those of a PC, and the few that virtual machines are used to.</summary>
internal static class PcPlatform
{
    /// <summary>The system control interrupt.</summary>
    public const int SystemControlIrq = 9;

    private const int KeyboardIrq = 1;
    private const int ClockIrq = 8;

    /// <summary>Where serial ports are, COM1 first. Two share an interrupt each, as in every PC.</summary>
    public static readonly IReadOnlyList<(AddressRange Ports, int Irq)> SerialPorts = [(PortMap.Com1, 4), (PortMap.Com2, 3), (PortMap.Com3, 4), (PortMap.Com4, 3)];

    /// <summary>Makes the devices and places them.</summary>
    /// <param name="instance">A run with its RAM.</param>
    public static void AddDevices(MachineInstance instance)
    {
        MachineConfig config = instance.Config;
        Bus ports = instance.Ports;

        AddSerialPorts(instance);
        AddVirtio(instance);

        var keyboard = new I8042(instance, Line(instance, KeyboardIrq));
        ports.Insert(keyboard, PortMap.KeyboardData, I8042.DataOffset);
        ports.Insert(keyboard, PortMap.KeyboardCommand, I8042.CommandOffset);

        ports.Insert(new SystemControlPort(instance), PortMap.SystemControl);
        ports.Insert(instance.PostCodes, PortMap.PostCode);
        var debugConsole = new DebugConsole(instance.DebugLog);
        ports.Insert(debugConsole, PortMap.DebugConsole);
        ports.Insert(debugConsole, PortMap.FirmwareConsole);
        ports.Insert(new DebugExit(instance), PortMap.DebugExit);
        ports.Insert(new PciHostStub(instance), PortMap.PciHost);
        ports.Insert(Clock(instance), PortMap.Cmos);

        ports.Insert(new FwCfg(FwCfgContents.Of(instance.Memory!, config), instance.Memory!), PortMap.FwCfg);
        ports.Insert(new PvPanic(instance), PortMap.PvPanic);
        ports.Insert(new ReadyPort(instance), PortMap.Ready);

        if (config.HasPowerManagement)
        {
            instance.PowerManagement = new AcpiPm(instance, Line(instance, SystemControlIrq), TimeProvider.System);
            ports.Insert(instance.PowerManagement, PortMap.AcpiPm);
        }
    }

    /// <summary>
    /// Makes the virtio devices, in the order of <see cref="MachineConfig.VirtioSlots"/>. A machine that is only planned has none: its disks are not opened, and
    /// the guest is told of them by their places.
    /// </summary>
    private static void AddVirtio(MachineInstance instance)
    {
        if (instance.Vm is null) return;
        foreach (MachineDisk disk in instance.Disks.List) Add(disk.CreateDevice());
        if (instance.Config.EntropyDevice) Add(new VirtioEntropy("rng0"));
        AddConsole();

        void AddConsole()
        {
            ConsolePort[] ports = [.. instance.VirtioPorts.Select(static port => new ConsolePort(port.Name, port, port))];
            if (ports.Length == 0) return;
            Add(new VirtioConsole("console0", ports));
            for (int i = 0; i < ports.Length; i++) instance.VirtioPorts[i].Connect(ports[i]);
        }

        void Add(IVirtioDevice device)
        {
            var host = new VirtioHost(instance, new VirtioSlot(instance.Virtio.Count));
            instance.Virtio.Add(host);
            var transport = new MmioTransport(device, instance.Memory!, host.Line, host);
            instance.Mmio.Insert(transport, new AddressRange(host.Slot.Address.Value, VirtioSlot.Length));
        }
    }

    private static void AddSerialPorts(MachineInstance instance)
    {
        var lines = SerialPorts.Select(static place => place.Irq).Distinct().ToDictionary(static irq => irq, irq => new SharedLine(Line(instance, irq)));
        for (int i = 0; i < instance.SerialPorts.Count; i++)
        {
            (AddressRange range, int irq) = SerialPorts[i];
            SerialPort port = instance.SerialPorts[i];
            var uart = new Uart16550($"com{i + 1}", lines[irq].CreateInput(), port, port);
            port.Connect(uart);
            instance.Ports.Insert(uart, range);
        }
    }

    private static CmosRtc Clock(MachineInstance instance)
    {
        ulong low = instance.Memory!.Regions[0].Size;
        byte[] nvram = CmosNvram.Of(low, instance.Memory.Size - low, instance.Config.VcpuCount);
        return new CmosRtc(TimeProvider.System, Line(instance, ClockIrq), instance.Config.ClockOffset, nvram);
    }

    private static IInterruptLine Line(MachineInstance instance, int irq) =>
        instance.Config.InterruptController ? new GsiLine(instance, irq) : OpenLine.Instance;
}
