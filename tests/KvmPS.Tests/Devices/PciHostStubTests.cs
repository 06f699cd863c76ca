using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Legacy;
using Xunit;

namespace KvmPS.Tests.Devices;

public sealed class PciHostStubTests
{
    private readonly FakeSystem _system = new();
    private readonly Bus _bus = new("I/O ports");

    public PciHostStubTests() => _bus.Insert(new PciHostStub(_system), new AddressRange(0xCF8, PciHostStub.PortCount));

    [Fact]
    public void Configuration_mechanism_1_is_found_with_no_device_behind_it()
    {
        _bus.Write(0xCFB, [0x01]);
        _bus.Write(0xCF8, [0, 0, 0, 0x80]);
        Assert.Equal([0, 0, 0, 0x80], Read(0xCF8, 4));
        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF], Read(0xCFC, 4));
        Assert.Equal([0xFF, 0xFF], Read(0xCFE, 2));
    }

    [Fact]
    public void Configuration_mechanism_2_is_not_found()
    {
        _bus.Write(0xCFB, [0]);
        _bus.Write(0xCF8, [0]);
        _bus.Write(0xCFA, [0]);
        Assert.NotEqual(0, Read(0xCF8, 1)[0]);
    }

    [Fact]
    public void Reserved_bits_of_the_address_read_zero()
    {
        _bus.Write(0xCF8, [0xFF, 0xFF, 0xFF, 0xFF]);
        Assert.Equal([0xFC, 0xFF, 0xFF, 0x80], Read(0xCF8, 4));
    }

    [Fact]
    public void The_reset_control_register_resets_on_the_rising_edge_of_its_bit()
    {
        _bus.Write(0xCF9, [0x02]);
        Assert.Equal([0x02], Read(0xCF9, 1));
        Assert.Empty(_system.Resets);
        _bus.Write(0xCF9, [0x06]);
        _bus.Write(0xCF9, [0x06]);
        Assert.Equal([ResetSource.ResetControlRegister], _system.Resets);
    }

    [Fact]
    public void An_init_is_not_a_reset()
    {
        _bus.Write(0xCF9, [0x04]);
        Assert.Empty(_system.Resets);
    }

    [Fact]
    public void A_wide_access_at_the_reset_register_is_bytes_when_read_and_nothing_when_written()
    {
        _bus.Write(0xCF9, [0x02]);
        _bus.Write(0xCF9, [0x06, 0, 0, 0]);
        _bus.Write(0xCF8, [0, 0x06]);
        Assert.Empty(_system.Resets);
        Assert.Equal([0x02, 0xFF, 0xFF, 0xFF], Read(0xCF9, 4));
        Assert.Equal([0xFF, 0x02], Read(0xCF8, 2));
    }

    [Fact]
    public void An_access_that_straddles_the_first_port_comes_byte_by_byte()
    {
        Assert.Equal([0xFF, 0xFF, 0xFF, 0x00], Read(0xCF6, 4));
        Assert.Equal(1, _bus.UnclaimedReads);
    }

    private byte[] Read(ulong address, int length)
    {
        byte[] data = new byte[length];
        _bus.Read(address, data);
        return data;
    }
}
