using KvmPS.Core.Devices.Legacy;
using Xunit;
using static KvmPS.Core.Devices.Legacy.UartRegister;

namespace KvmPS.Tests.Devices;

public sealed class UartTests
{
    private const int Out2 = 0x08;
    private readonly UartBench _uart = new();

    [Fact]
    public void What_the_guest_sends_arrives_and_the_transmitter_is_always_empty()
    {
        foreach (byte value in "hello"u8) _uart.Out(THR, value);

        Assert.Equal("hello"u8.ToArray(), _uart.Terminal.Sent);
        Assert.Equal(0x60, _uart.In(LSR));
    }

    [Fact]
    public void The_other_end_learns_whether_the_guest_sends_by_polling()
    {
        _uart.Out(IER, 0x07); // a program writes
        _uart.Out(IER, 0x02);
        _uart.Out(IER, 0); // the kernel says something itself
        _uart.Out(IER, 0x02);
        _uart.Out(LCR, 0x80);
        _uart.Out(IER, 0); // the divisor
        _uart.Uart.Reset();

        Assert.Equal([true, false, true, false, true], _uart.Terminal.Polls);
    }

    [Fact]
    public void A_repeated_write_arrives_in_one_piece()
    {
        _uart.Uart.WriteRepeated(THR, 1, "hello"u8);

        Assert.Equal("hello"u8.ToArray(), _uart.Terminal.Sent);
        Assert.Equal(1, _uart.Terminal.BulkWrites);
    }

    [Fact]
    public void A_repeated_write_to_the_divisor_sends_nothing()
    {
        _uart.Out(LCR, 0x80);
        _uart.Uart.WriteRepeated(DLL, 1, [1, 2]);

        Assert.Empty(_uart.Terminal.Sent);
        Assert.Equal(2, _uart.In(DLL));
    }

    [Fact]
    public void A_wide_access_is_a_series_of_bytes()
    {
        _uart.Out(LCR, 0x80);
        _uart.Uart.Write(DLL, [0x34, 0x12]);
        byte[] data = new byte[8];
        _uart.Uart.Read(6, data);

        Assert.Equal(0x1234, _uart.Uart.Capture().Divisor);
        Assert.Equal([0xB0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], data);
    }

    [Fact]
    public void The_transmitter_interrupt_follows_each_byte_and_is_acknowledged_by_reading_it()
    {
        _uart.Out(MCR, Out2);
        _uart.Out(IER, 0x02);
        Assert.True(_uart.Line.Asserted);
        Assert.Equal(0x02, _uart.In(IIR));
        Assert.False(_uart.Line.Asserted);

        _uart.Out(THR, 'a');
        Assert.True(_uart.Line.Asserted);
        Assert.Equal(2, _uart.Line.Edges);
    }

    [Fact]
    public void Reading_another_source_does_not_acknowledge_the_transmitter()
    {
        _uart.Out(MCR, Out2);
        _uart.Out(IER, 0x03);
        _uart.Input("x");

        Assert.Equal(0x04, _uart.In(IIR));
        Assert.Equal(0x04, _uart.In(IIR));
        _uart.In(RBR);
        Assert.Equal(0x02, _uart.In(IIR));
        Assert.Equal(0x01, _uart.In(IIR));
        Assert.False(_uart.Line.Asserted);
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xC1, 14)]
    public void Below_the_trigger_level_it_is_a_time_out(int fcr, int level)
    {
        _uart.Out(FCR, fcr);
        _uart.Out(IER, 0x01);
        _uart.Input(new string('x', level));
        Assert.Equal(0xC4, _uart.In(IIR));
        if (level == 1) return;

        _uart.In(RBR);
        Assert.Equal(0xCC, _uart.In(IIR));
        for (int i = 1; i < level; i++) _uart.In(RBR);
        Assert.Equal(0xC1, _uart.In(IIR));
    }

    [Fact]
    public void The_sources_have_their_order()
    {
        _uart.Out(FCR, 0xC1);
        _uart.Out(MCR, 0x10 | 0x04);
        _uart.Out(MCR, 0x10); // The trailing edge of RI.
        for (int i = 0; i < 17; i++) _uart.Out(THR, i);
        _uart.Out(IER, 0x0F);

        Assert.Equal(0xC6, _uart.In(IIR));
        Assert.Equal(0x63, _uart.In(LSR)); // Overrun.
        Assert.Equal(0xC4, _uart.In(IIR));
        for (int i = 0; i < 3; i++) _uart.In(RBR);
        Assert.Equal(0xCC, _uart.In(IIR));
        for (int i = 0; i < 13; i++) _uart.In(RBR);
        Assert.Equal(0xC2, _uart.In(IIR));
        Assert.Equal(0xC0, _uart.In(IIR));
        Assert.Equal(0x0F, _uart.In(MSR) & 0x0F);
        Assert.Equal(0xC1, _uart.In(IIR));
    }

    [Fact]
    public void The_gate_of_out2_is_closed_at_first_and_in_loopback()
    {
        _uart.Out(IER, 0x02);
        Assert.False(_uart.Line.Asserted);
        _uart.Out(MCR, Out2);
        Assert.True(_uart.Line.Asserted);
        _uart.Out(MCR, Out2 | 0x10);
        Assert.False(_uart.Line.Asserted);
        Assert.Equal(0x02, _uart.In(IIR));
    }

    [Fact]
    public void Loopback_keeps_the_guests_bytes_and_the_hosts_apart()
    {
        _uart.Out(FCR, 0x01);
        _uart.Out(IER, 0x01);
        _uart.Out(MCR, 0x10);
        _uart.Input("host");
        _uart.Out(THR, 'g');

        Assert.Empty(_uart.Terminal.Sent);
        Assert.Equal((byte)'g', _uart.In(RBR));
        Assert.Equal(0x60, _uart.In(LSR));
        _uart.Out(MCR, 0);
        Assert.Equal((byte)'h', _uart.In(RBR));
    }

    [Fact]
    public void Without_fifos_a_second_looped_byte_overwrites_the_first()
    {
        _uart.Out(MCR, 0x10);
        _uart.Out(THR, 'a');
        _uart.Out(THR, 'b');

        Assert.Equal(0x63, _uart.In(LSR));
        Assert.Equal((byte)'b', _uart.In(RBR));
        Assert.Equal(0x60, _uart.In(LSR));
    }

    [Fact]
    public void A_break_is_shown_with_its_character()
    {
        _uart.Out(FCR, 0x01);
        _uart.Out(IER, 0x05);
        _uart.Input("a");
        _uart.Uart.SendBreak();

        Assert.Equal(0x61 | 0x80, _uart.In(LSR)); // An error in the FIFO, not at its top.
        Assert.Equal(0xCC, _uart.In(IIR) | 0x08);
        Assert.Equal((byte)'a', _uart.In(RBR));
        Assert.Equal(0xC6, _uart.In(IIR));
        Assert.Equal(0x61 | 0x10 | 0x80, _uart.In(LSR));
        Assert.Equal(0x61, _uart.In(LSR));
        Assert.Equal(0, _uart.In(RBR));
    }

    [Fact]
    public void A_break_of_the_guest_comes_back_in_loopback()
    {
        _uart.Out(MCR, 0x10);
        _uart.Out(LCR, 0x43);

        Assert.Equal(0x71, _uart.In(LSR));
    }

    [Fact]
    public void A_guest_that_polls_gets_its_input_though_it_enables_nothing()
    {
        _uart.Input("poll");
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < 100; i++)
            if ((_uart.In(LSR) & 0x01) != 0) text.Append((char)_uart.In(RBR));

        Assert.Equal("poll", text.ToString());
    }

    [Fact]
    public void A_guest_that_prints_while_it_polls_gets_its_input_too()
    {
        _uart.Input("p");
        bool ready = false;
        for (int i = 0; i < 100 && !ready; i++)
        {
            ready = (_uart.In(LSR) & 0x01) != 0;
            _uart.In(LSR);
            _uart.Out(THR, '.');
        }

        Assert.True(ready);
    }

    [Fact]
    public void A_guest_that_only_prints_takes_no_input()
    {
        _uart.Input("keep");
        for (int i = 0; i < 1000; i++)
        {
            _uart.In(LSR);
            _uart.Out(THR, '.');
        }

        Assert.Equal(4, _uart.Terminal.Left);
    }

    [Theory]
    [InlineData(0x01)] // FIFOs, received-data interrupt
    [InlineData(0xC1)]
    [InlineData(0x00)] // a 16450
    public void A_megabyte_arrives_in_order_by_interrupts(int fcr)
    {
        byte[] input = new byte[1 << 20];
        new Random(1).NextBytes(input);
        _uart.Out(FCR, fcr);
        _uart.Out(MCR, Out2);
        _uart.Out(IER, 0x01);
        _uart.Terminal.Input = input;
        _uart.Uart.InputAvailable();

        var received = new List<byte>(input.Length);
        int edges = 0;
        while (_uart.Line.Asserted)
        {
            Assert.True(_uart.Line.Edges > edges); // A guest with an edge-triggered controller would be called again.
            edges = _uart.Line.Edges;
            int most = fcr == 0 ? 1 : 16;
            for (int i = 0; i < most && _uart.Line.Edges == edges && (_uart.In(LSR) & 0x01) != 0; i++) received.Add(_uart.In(RBR));
        }

        Assert.Equal(input, received);
    }

    [Fact]
    public void Masking_the_interrupt_does_not_take_back_what_was_shown()
    {
        _uart.Out(FCR, 0x01);
        _uart.Out(IER, 0x01);
        _uart.Input("abc");
        _uart.Out(IER, 0x00); // As a handler does before it reads.

        Assert.Equal(0x61, _uart.In(LSR));
        Assert.Equal((byte)'a', _uart.In(RBR));
    }

    [Fact]
    public void Clearing_the_fifo_twice_keeps_the_order()
    {
        _uart.Out(FCR, 0x01);
        _uart.Out(IER, 0x01);
        _uart.Input("0123456789abcdefghij");
        _uart.Out(IER, 0);
        _uart.Out(FCR, 0x03);
        _uart.Out(FCR, 0x00);
        _uart.Out(IER, 0x01); // One byte is in the 16450's register, fifteen wait.
        _uart.Out(IER, 0);
        _uart.Out(FCR, 0x01);
        _uart.Out(IER, 0x01);

        var text = new System.Text.StringBuilder();
        while ((_uart.In(LSR) & 0x01) != 0) text.Append((char)_uart.In(RBR));
        Assert.Equal("0123456789abcdefghij", text.ToString());
    }

    [Fact]
    public void A_restored_state_drives_its_line()
    {
        _uart.Out(MCR, Out2);
        _uart.Out(IER, 0x01);
        _uart.Input("x");
        UartState state = _uart.Uart.Capture();
        _uart.Uart.Reset();
        Assert.False(_uart.Line.Asserted);

        _uart.Uart.Restore(state);

        Assert.True(_uart.Line.Asserted);
        Assert.Equal((byte)'x', _uart.In(RBR));
    }

    [Fact]
    public void A_state_with_too_many_characters_is_refused()
    {
        UartState state = _uart.Uart.Capture() with { Returned = [.. Enumerable.Repeat(new UartCharacter(1, 0, true), 17)] };

        Assert.Throws<ArgumentException>(() => _uart.Uart.Restore(state));
    }

    [Fact]
    public void Registers_and_data_allocate_nothing()
    {
        var terminal = new NullTerminal();
        var uart = new Uart16550("uart0", _uart.Line, terminal, terminal);
        byte[] data = new byte[4];
        uart.Write(FCR, [0x01]);
        uart.Write(MCR, [Out2]);
        uart.Write(IER, [0x0F]);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (ulong register = 0; register < 8; register++) uart.Read(register, data.AsSpan(0, 1));
            uart.Write(THR, data.AsSpan(0, 1));
            uart.WriteRepeated(THR, 1, data);
            uart.InputAvailable();
        }));
    }
}
