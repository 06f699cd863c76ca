using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Devices.Paravirtual;
using KvmPS.Core.Serial;

namespace KvmPS.Core.Machine;

/// <summary>Which devices a machine has, at which ports, on which interrupts: those of a PC, and the few that virtual machines are used to.</summary>
internal static class PcPlatform
{
    private const int KeyboardIrq = 1;
    private const int Com1And3Irq = 4;
    private const int Com2And4Irq = 3;
    private const int ClockIrq = 8;

    private static readonly AddressRange[] SerialRanges = [PortMap.Com1, PortMap.Com2, PortMap.Com3, PortMap.Com4];

    /// <summary>Makes the devices and places them.</summary>
    public static void AddDevices(MachineInstance instance, MachineConfig config)
    {
        Bus ports = instance.Ports;

        AddSerialPorts(instance, config);

        var keyboard = new I8042(instance, Line(instance, config, KeyboardIrq));
        ports.Insert(keyboard, PortMap.KeyboardData, I8042.DataOffset);
        ports.Insert(keyboard, PortMap.KeyboardCommand, I8042.CommandOffset);

        ports.Insert(new SystemControlPort(instance), PortMap.SystemControl);
        ports.Insert(instance.PostCodes, PortMap.PostCode);
        var debugConsole = new DebugConsole(instance.DebugLog);
        ports.Insert(debugConsole, PortMap.DebugConsole);
        ports.Insert(debugConsole, PortMap.FirmwareConsole);
        ports.Insert(new DebugExit(instance), PortMap.DebugExit);
        ports.Insert(new PciHostStub(instance), PortMap.PciHost);
        ports.Insert(Clock(instance, config), PortMap.Cmos);

        ports.Insert(new FwCfg(FwCfgContents.Of(instance.Memory!, config), instance.Memory!), PortMap.FwCfg);
        ports.Insert(new PvPanic(instance), PortMap.PvPanic);
        ports.Insert(new ReadyPort(instance), PortMap.Ready);

        if (config.HasPowerManagement)
        {
            instance.PowerManagement = new AcpiPm(instance, Line(instance, config, AcpiDescription.SystemControlInterrupt), TimeProvider.System);
            ports.Insert(instance.PowerManagement, PortMap.AcpiPm);
        }
    }

    private static void AddSerialPorts(MachineInstance instance, MachineConfig config)
    {
        var odd = new SharedLine(Line(instance, config, Com1And3Irq));
        var even = new SharedLine(Line(instance, config, Com2And4Irq));
        for (int i = 0; i < instance.SerialPorts.Count; i++)
        {
            SerialPort port = instance.SerialPorts[i];
            var uart = new Uart16550($"com{i + 1}", (i % 2 == 0 ? odd : even).CreateInput(), port, port);
            port.Connect(uart);
            instance.Ports.Insert(uart, SerialRanges[i]);
        }
    }

    private static CmosRtc Clock(MachineInstance instance, MachineConfig config)
    {
        ulong low = instance.Memory!.Regions[0].Size;
        byte[] nvram = CmosNvram.Of(low, instance.Memory.Size - low, config.VcpuCount);
        return new CmosRtc(TimeProvider.System, Line(instance, config, ClockIrq), config.ClockOffset, nvram);
    }

    private static IInterruptLine Line(MachineInstance instance, MachineConfig config, int irq) =>
        config.InterruptController ? new GsiLine(instance, irq) : OpenLine.Instance;
}
