using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Devices.Paravirtual;
using Xunit;

namespace KvmPS.Tests.Devices;

public sealed class SmallDeviceTests
{
    private readonly ManualTime _time = new();
    private readonly FakeTerminal _terminal = new();
    private readonly FakeSystem _system = new();

    [Fact]
    public void Post_codes_are_kept_with_their_times()
    {
        var post = new PostCodePort(_time);
        post.Write(0, [0x10]);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        post.Write(0, [0x20, 0xFF]);

        Assert.Equal([new PostCode(0x10, TimeSpan.Zero), new PostCode(0x20, TimeSpan.FromMilliseconds(3))], post.Codes);
        byte[] data = new byte[1];
        post.Read(0, data);
        Assert.Equal(0x20, data[0]);
    }

    [Fact]
    public void Only_the_newest_post_codes_are_kept()
    {
        var post = new PostCodePort(_time);
        for (int i = 0; i < 1000; i++) post.Write(0, [(byte)i]);

        Assert.Equal(1000, post.Count);
        Assert.Equal(Enumerable.Range(1000 - 256, 256).Select(i => (byte)i), post.Codes.Select(c => c.Code));
    }

    [Fact]
    public void Post_codes_come_back_with_their_clock()
    {
        var post = new PostCodePort(_time);
        for (int i = 0; i < 300; i++) post.Write(0, [(byte)i]);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        PostCodeState captured = post.Capture();

        var other = new PostCodePort(_time);
        _time.Advance(TimeSpan.FromHours(1));
        other.Restore(captured);
        other.Write(0, [0xAA]);
        Assert.Equal(301, other.Count);
        Assert.Equal(new PostCode(0xAA, TimeSpan.FromMilliseconds(3)), other.Codes[^1]);
        Assert.Equal(new PostCode(unchecked((byte)299), TimeSpan.Zero), other.Codes[^2]);
        Assert.Throws<ArgumentException>(() => other.Restore(captured with { Count = 2 }));
    }

    [Fact]
    public void A_panic_is_reported_and_a_crash_kernel_left_alone()
    {
        var panic = new PvPanic(_system);
        byte[] data = new byte[1];
        panic.Read(0, data);
        Assert.Equal(0x07, data[0]);
        panic.Write(0, [0x02]);
        panic.Write(0, [0x00]);
        Assert.Empty(_system.Panics);
        panic.Write(0, [0x01]);
        Assert.Single(_system.Panics);
        Assert.Equal(0, _system.PowerOffs);
        panic.Write(0, [0x04]);
        Assert.Equal(1, _system.PowerOffs);
    }

    [Fact]
    public void A_guest_says_that_it_is_ready()
    {
        var ready = new ReadyPort(_system);
        byte[] data = new byte[2];
        ready.Read(0, data);
        Assert.Equal([0x52, 0xFF], data);
        ready.Write(0, [0x00]);
        ready.Write(0, [0x2A, 0x55]);
        Assert.Equal([0x00, 0x2A], _system.ReadyCodes);
    }

    [Fact]
    public void The_system_control_port_resets_at_a_rising_edge()
    {
        var port = new SystemControlPort(_system);
        byte[] data = new byte[1];
        port.Read(0, data);
        Assert.Equal(0x02, data[0]);
        port.Write(0, [0x00]);
        port.Write(0, [0xFE]);
        Assert.Empty(_system.Resets);
        port.Write(0, [0x01]);
        port.Write(0, [0x03]);
        Assert.Equal([ResetSource.SystemControlPort], _system.Resets);
    }

    [Fact]
    public void Post_codes_allocate_nothing()
    {
        var post = new PostCodePort(TimeProvider.System);
        byte[] data = [1];
        Assert.Equal(0, Allocations.Of(() => post.Write(0, data)));
    }

    [Fact]
    public void The_debug_console_sends_and_says_who_it_is()
    {
        var bus = new Bus("I/O ports");
        bus.Insert(new DebugConsole(_terminal), new AddressRange(0xE9, 1));
        bus.Write(0xE9, "a"u8);
        bus.WriteRepeated(0xE9, 1, "bcd"u8);
        byte[] data = new byte[3];
        bus.ReadRepeated(0xE9, 1, data);

        Assert.Equal("abcd"u8.ToArray(), _terminal.Sent);
        Assert.Equal(1, _terminal.BulkWrites);
        Assert.Equal([0xE9, 0xE9, 0xE9], data);
    }

    [Theory]
    [InlineData(new byte[] { 0x00 }, 1)]
    [InlineData(new byte[] { 0x10 }, 0x21)]
    [InlineData(new byte[] { 0x34, 0x12 }, 0x2469)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, -1)]
    public void The_exit_code_is_twice_the_value_plus_one(byte[] written, int code)
    {
        new DebugExit(_system).Write(0, written);
        Assert.Equal([code], _system.Exits);
    }
}
