using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Legacy;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>What Linux's i8042 driver asks, in its order; every answer is there when it looks for it.</summary>
public sealed class I8042Tests
{
    private const byte OutputFull = 0x01;
    private readonly FakeSystem _system = new();
    private readonly FakeLine _line = new();
    private readonly I8042 _controller;

    public I8042Tests() => _controller = new I8042(_system, _line);

    [Fact]
    public void It_is_there_idle_and_not_locked()
    {
        Assert.Equal(0, Status() & OutputFull); // All ones would mean that there is no controller.
        Assert.Equal(0x10, Status() & 0x10);
        Assert.Equal(0, Status() & 0x02);
    }

    [Fact]
    public void The_command_byte_reads_back()
    {
        byte initial = Ask(0x20);
        Assert.Equal(0x45, initial & 0x45); // Keyboard interrupt, system flag, translation.
        Command(0x60);
        Data((byte)(initial | 0x10));
        Assert.Equal(initial | 0x10, Ask(0x20));
        Command(0xAE);
        Assert.Equal(initial, Ask(0x20));
        Command(0xAD);
        Assert.Equal(initial | 0x10, Ask(0x20));
    }

    [Fact]
    public void The_self_tests_pass()
    {
        Assert.Equal(0x55, Ask(0xAA));
        Assert.Equal(0x00, Ask(0xAB));
    }

    [Fact]
    public void The_auxiliary_port_is_missing_at_the_first_question()
    {
        Command(0xD3);
        Data(0x5A);
        Assert.Equal(OutputFull, Status() & (OutputFull | 0x20)); // The driver wants bit 5 here.
        Assert.Equal(0x5A, ReadData());
        Assert.Equal(0x01, Ask(0xA9)); // And takes 0, 0xFA or 0xFF for a port.
    }

    [Fact]
    public void The_auxiliary_port_can_be_switched()
    {
        Command(0xA8);
        Assert.Equal(0, Ask(0x20) & 0x20);
        Command(0xA7);
        Assert.Equal(0x20, Ask(0x20) & 0x20);
    }

    [Fact]
    public void The_missing_keyboard_answers_with_a_time_out_and_an_interrupt()
    {
        Data(0xF2); // Identify.
        Assert.True(_line.Asserted);
        Assert.Equal(OutputFull | 0x40, Status() & (OutputFull | 0x40));
        Assert.Equal(0xFE, ReadData());
        Assert.False(_line.Asserted);
        Assert.Equal(0, Status() & (OutputFull | 0x40));
    }

    [Fact]
    public void A_disabled_interrupt_stays_quiet()
    {
        Command(0x60);
        Data(0x44);
        Data(0xF2);
        Assert.False(_line.Asserted);
        Assert.Equal(OutputFull, Status() & OutputFull);
    }

    [Theory]
    [InlineData(0xFE, 1)]
    [InlineData(0xF0, 1)]
    [InlineData(0xFF, 0)]
    [InlineData(0xEE, 0)]
    public void Pulsing_the_reset_line_resets(byte command, int resets)
    {
        Command(command);
        Assert.Equal(Enumerable.Repeat(ResetSource.KeyboardController, resets), _system.Resets);
    }

    [Fact]
    public void The_output_port_resets_too_and_keeps_gate_a20()
    {
        Assert.Equal(0x03, Ask(0xD0) & 0x03);
        Command(0xD1);
        Data(0xDF);
        Assert.Equal(0xDF, Ask(0xD0));
        Assert.Empty(_system.Resets);
        Command(0xD1);
        Data(0xDE);
        Assert.Single(_system.Resets);
    }

    [Theory]
    [InlineData(0x21, 0x00)] // RAM besides the command byte.
    [InlineData(0xA4, 0xF1)] // No password.
    [InlineData(0xC0, 0x80)] // The lock is open.
    [InlineData(0xE0, 0x00)] // Both clock lines low.
    public void Other_questions_are_answered_at_once(byte command, byte answer) => Assert.Equal(answer, Ask(command));

    [Fact]
    public void A_byte_for_its_RAM_does_not_reach_the_keyboard()
    {
        Command(0x61);
        Data(0x55);
        Assert.Equal(0, Status() & OutputFull);
        Assert.False(_line.Asserted);
        Assert.Equal(0x65, Ask(0x20) & 0x65);
    }

    [Fact]
    public void Gate_a20_has_commands_of_its_own()
    {
        Command(0xDD);
        Assert.Equal(0, Ask(0xD0) & 0x02);
        Command(0xDF);
        Assert.Equal(0x02, Ask(0xD0) & 0x02);
    }

    [Fact]
    public void It_leaves_port_b_to_the_timer()
    {
        var bus = new Bus("I/O ports");
        bus.Insert(_controller, new AddressRange(0x60, 1), I8042.DataOffset);
        bus.Insert(_controller, new AddressRange(0x64, 1), I8042.CommandOffset);
        byte[] data = new byte[1];
        bus.Read(0x61, data);
        Assert.Equal(0xFF, data[0]);
        Assert.Equal(1, bus.UnclaimedReads);
        bus.Write(0x64, [0xFE]);
        Assert.Single(_system.Resets);
    }

    private byte Ask(byte command)
    {
        Command(command);
        Assert.Equal(OutputFull, Status() & OutputFull);
        return ReadData();
    }

    private void Command(byte value) => _controller.Write(I8042.CommandOffset, [value]);

    private void Data(byte value) => _controller.Write(I8042.DataOffset, [value]);

    private byte Status() => Read(I8042.CommandOffset);

    private byte ReadData() => Read(I8042.DataOffset);

    private byte Read(ulong offset)
    {
        Span<byte> data = stackalloc byte[1];
        _controller.Read(offset, data);
        return data[0];
    }
}
