namespace KvmPS.Core.Devices.Legacy;

/// <summary>Where a PC has its legacy devices in the space of I/O ports.</summary>
public static class PortMap
{
    /// <summary>The keyboard controller: data at 0x60, command and status at 0x64; 0x61 between them belongs to the timer.</summary>
    public static readonly AddressRange KeyboardData = new(0x60, 1);

    /// <summary>The keyboard controller's command and status port.</summary>
    public static readonly AddressRange KeyboardCommand = new(0x64, 1);

    /// <summary>Power-on self-test codes.</summary>
    public static readonly AddressRange PostCode = new(0x80, 1);

    /// <summary>System control port A: gate A20 and a fast reset.</summary>
    public static readonly AddressRange SystemControl = new(0x92, 1);

    /// <summary>The debug console of Bochs and QEMU.</summary>
    public static readonly AddressRange DebugConsole = new(0xE9, 1);

    /// <summary>The same console where SeaBIOS looks for it.</summary>
    public static readonly AddressRange FirmwareConsole = new(0x402, 1);

    /// <summary>The debug-exit device, where kvm-unit-tests expect it.</summary>
    public static readonly AddressRange DebugExit = new(0xF4, 4);

    /// <summary>The first serial port.</summary>
    public static readonly AddressRange Com1 = new(0x3F8, 8);

    /// <summary>The second serial port.</summary>
    public static readonly AddressRange Com2 = new(0x2F8, 8);

    /// <summary>The third serial port.</summary>
    public static readonly AddressRange Com3 = new(0x3E8, 8);

    /// <summary>The fourth serial port.</summary>
    public static readonly AddressRange Com4 = new(0x2E8, 8);

    /// <summary>The real-time clock with its memory: index at 0x70, data at 0x71.</summary>
    public static readonly AddressRange Cmos = new(0x70, 2);

    /// <summary>Where a guest says that it panicked, as QEMU has it [pvpanic].</summary>
    public static readonly AddressRange PvPanic = new(0x505, 1);

    /// <summary>The firmware configuration device: selector, data and DMA address, as QEMU has it [fw-cfg].</summary>
    public static readonly AddressRange FwCfg = new(0x510, 12);

    /// <summary>Power management: event registers at 0x600, control at 0x604, timer at 0x608 [acpi §4.8.3].</summary>
    public static readonly AddressRange AcpiPm = new(0x600, 12);

    /// <summary>Where a guest says that it is ready, with a byte of its choice.</summary>
    public static readonly AddressRange Ready = new(0x680, 1);

    /// <summary>PCI configuration mechanism #1, with the reset control register at 0xCF9 in its midst [pci-3.0 §3.2.2.3.2].</summary>
    public static readonly AddressRange PciHost = new(0xCF8, 8);
}
