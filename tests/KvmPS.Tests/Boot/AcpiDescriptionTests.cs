using KvmPS.Core.Boot.Acpi;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Machine;
using KvmPS.Tests.Devices;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The tables tell of what is on the bus, and of nothing else.</summary>
public sealed class AcpiDescriptionTests
{
    [Fact]
    public void An_empty_bus_has_no_devices()
    {
        AcpiPlatform platform = AcpiDescription.Of(new Bus("ports"), 3, []);
        Assert.Empty(platform.Devices);
        Assert.Equal((3, false, false), (platform.Processors, platform.HasKeyboardController, platform.HasRealTimeClock));
        Assert.Equal((0x600, 9, 0xCF9, 0), (platform.PowerManagementPort, platform.SystemControlInterrupt, platform.ResetPort, platform.SoftOffType));
        AcpiDescription.Tables(new Bus("ports"), 3, []);
    }

    [Fact]
    public void Every_device_on_the_bus_that_has_a_description_is_described()
    {
        Bus ports = new("ports");
        foreach (AddressRange range in (AddressRange[])[PortMap.Com1, PortMap.Com3, PortMap.Com2, PortMap.Com4, PortMap.PvPanic, PortMap.FwCfg, PortMap.Cmos, PortMap.KeyboardCommand])
            ports.Insert(new FakeDevice("fake"), range);

        AcpiPlatform platform = AcpiDescription.Of(ports, 1, [new VirtioSlot(0), new VirtioSlot(8)]);

        Assert.Equal(["COM1", "COM2", "COM3", "COM4", "PEVT", "FWCF", "VR00", "VR08"], platform.Devices.Select(static device => device.Name));
        Assert.Equal(
            ["4701F803F8030108 221000", "4701F802F8020108 220800", "4701E803E8030108 221000", "4701E802E8020108 220800", "4701050505050101", "470110051005010C",
                "86090001000000D000100000 890600030110000000", "86090001008000D000100000 890600030105000000"],
            platform.Devices.Select(static device => string.Join(' ', device.Resources.Select(Convert.ToHexString))));
        Assert.Equal((true, true), (platform.HasKeyboardController, platform.HasRealTimeClock));
    }
}
