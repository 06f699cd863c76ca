using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;

namespace KvmPS.Core.Machine;

/// <summary>Which devices a machine has, at which ports, on which interrupts: those of a PC, and the few that virtual machines are used to.</summary>
internal static class PcPlatform
{
    private const int KeyboardIrq = 1;
    private const int Com1Irq = 4;

    /// <summary>Makes the devices and places them.</summary>
    public static void AddDevices(MachineInstance instance, MachineConfig config)
    {
        Bus ports = instance.Ports;

        var com1 = new Uart16550("com1", Line(instance, config, Com1Irq), instance.Serial, instance.Serial);
        instance.Serial.Connect(com1);
        ports.Insert(com1, PortMap.Com1);

        var keyboard = new I8042(instance, Line(instance, config, KeyboardIrq));
        ports.Insert(keyboard, PortMap.KeyboardData, I8042.DataOffset);
        ports.Insert(keyboard, PortMap.KeyboardCommand, I8042.CommandOffset);

        ports.Insert(instance.PostCodes, PortMap.PostCode);
        ports.Insert(new DebugConsole(instance.DebugLog), PortMap.DebugConsole);
        ports.Insert(new DebugExit(instance), PortMap.DebugExit);
        ports.Insert(new PciHostStub(instance), PortMap.PciHost);

        if (config.HasPowerManagement)
        {
            instance.PowerManagement = new AcpiPm(instance, Line(instance, config, AcpiDescription.SystemControlInterrupt), TimeProvider.System);
            ports.Insert(instance.PowerManagement, PortMap.AcpiPm);
        }
    }

    private static IInterruptLine Line(MachineInstance instance, MachineConfig config, int irq) =>
        config.InterruptController ? new GsiLine(instance, irq) : OpenLine.Instance;
}
