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

    /// <summary>The debug console of Bochs and QEMU.</summary>
    public static readonly AddressRange DebugConsole = new(0xE9, 1);

    /// <summary>The debug-exit device, where kvm-unit-tests expect it.</summary>
    public static readonly AddressRange DebugExit = new(0xF4, 4);

    /// <summary>The first serial port.</summary>
    public static readonly AddressRange Com1 = new(0x3F8, 8);

    /// <summary>PCI configuration mechanism #1, with the reset control register at 0xCF9 in its midst [pci-3.0 §3.2.2.3.2].</summary>
    public static readonly AddressRange PciHost = new(0xCF8, 8);
}
