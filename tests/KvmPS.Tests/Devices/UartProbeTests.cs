using Xunit;
using static KvmPS.Core.Devices.Legacy.UartRegister;

namespace KvmPS.Tests.Devices;

/// <summary>What Linux's 8250 driver asks a UART before it says <c>16550A</c>, register by register.</summary>
public sealed class UartProbeTests
{
    private readonly UartBench _uart = new();

    [Fact]
    public void Only_four_interrupts_can_be_enabled()
    {
        _uart.Out(IER, 0);
        Assert.Equal(0, _uart.In(IER));
        _uart.Out(IER, 0xFF);
        Assert.Equal(0x0F, _uart.In(IER)); // Bit 6 would make it an XScale UART.
    }

    [Fact]
    public void Loopback_crosses_the_modem_lines()
    {
        _uart.Out(MCR, 0x10 | 0x0A);
        Assert.Equal(0x90, _uart.In(MSR) & 0xF0);
        _uart.Out(MCR, 0x10 | 0x05);
        Assert.Equal(0x60, _uart.In(MSR) & 0xF0);
        _uart.Out(MCR, 0);
        Assert.Equal(0xB0, _uart.In(MSR) & 0xF0);
    }

    [Fact]
    public void Enabled_fifos_show_in_both_high_bits_and_bit_5_stays_clear()
    {
        Assert.Equal(0x01, _uart.In(IIR));
        _uart.Out(FCR, 0x01);
        Assert.Equal(3, _uart.In(IIR) >> 6);
        _uart.Out(LCR, 0x80);
        _uart.Out(FCR, 0x01 | 0x20); // The 64-byte FIFO of a 16750.
        Assert.Equal(0xC1, _uart.In(IIR));
        _uart.Out(FCR, 0x00);
        Assert.Equal(0x01, _uart.In(IIR));
    }

    [Fact]
    public void There_is_no_enhanced_feature_register()
    {
        _uart.Out(LCR, 0xBF);
        _uart.Out(FCR, 0x00);
        _uart.Out(LCR, 0x00);
        _uart.Out(FCR, 0x01);
        _uart.Out(LCR, 0x80);
        Assert.NotEqual(0, _uart.In(IIR));
        _uart.Out(LCR, 0xBF);
        Assert.NotEqual(0, _uart.In(IIR));
    }

    [Fact]
    public void It_is_no_national_super_io_chip()
    {
        _uart.Out(LCR, 0);
        byte mcr = _uart.In(MCR);
        _uart.Out(LCR, 0xE0);
        Assert.Equal(0, (_uart.In(2) ^ mcr) & 0x10);
        _uart.Out(LCR, 0);
        _uart.Out(MCR, mcr ^ 0x10);
        _uart.Out(LCR, 0xE0);
        Assert.Equal(0, (_uart.In(2) ^ mcr) & 0x10);
    }

    [Fact]
    public void The_fifo_holds_16_bytes()
    {
        _uart.Out(FCR, 0x01 | 0x02 | 0x04);
        _uart.Out(MCR, 0x10);
        for (int i = 0; i < 256; i++) _uart.Out(THR, i);

        int count = 0;
        for (; (_uart.In(LSR) & 0x01) != 0 && count < 256; count++) Assert.Equal(count, _uart.In(RBR));

        Assert.Equal(16, count);
    }

    [Fact]
    public void The_scratch_register_and_the_divisor_keep_what_they_get()
    {
        _uart.Out(SCR, 0xA5);
        _uart.Out(LCR, 0x83);
        _uart.Out(DLL, 0x34);
        _uart.Out(DLM, 0x12);
        Assert.Equal((0x34, 0x12, 0xA5), (_uart.In(DLL), _uart.In(DLM), _uart.In(SCR)));
        _uart.Out(LCR, 0x03);
        Assert.Equal((0x00, 0x00), (_uart.In(RBR), _uart.In(IER)));
        Assert.Empty(_uart.Terminal.Sent);
    }

    [Fact]
    public void The_transmitter_interrupt_is_raised_again_by_enabling_it_again()
    {
        _uart.Out(IER, 0x02);
        byte first = _uart.In(IIR);
        _uart.Out(IER, 0x00);
        _uart.Out(IER, 0x02);
        byte second = _uart.In(IIR);

        Assert.Equal((0x02, 0x02), (first, second));
        Assert.Equal(0x01, _uart.In(IIR)); // Reading it has acknowledged it.
    }

    [Fact]
    public void Starting_the_driver_loses_no_input()
    {
        _uart.Input("early");
        StartDriver();
        Assert.Equal("early", ReadByInterrupt());
    }

    [Fact]
    public void Restarting_the_driver_gives_back_what_its_fifo_held()
    {
        StartDriver();
        _uart.Input("0123456789abcdefghij");
        Assert.Equal((byte)'0', _uart.In(RBR));

        _uart.Out(IER, 0); // The last user closes the port, the next one opens it.
        ClearFifos();
        _uart.In(RBR);
        StartDriver();

        Assert.Equal("123456789abcdefghij", ReadByInterrupt());
    }

    private void StartDriver()
    {
        ClearFifos();
        foreach (ulong register in new[] { LSR, RBR, IIR, MSR }) _uart.In(register);
        _uart.In(LSR);
        _uart.Out(LCR, 0x03);
        _uart.Out(MCR, 0x0B);
        _uart.In(LSR);
        _uart.Out(IER, 0x02);
        _uart.In(LSR);
        _uart.In(IIR);
        _uart.Out(IER, 0x00);
        foreach (ulong register in new[] { LSR, RBR, IIR, MSR }) _uart.In(register);
        _uart.Out(FCR, 0x01);
        _uart.Out(FCR, 0x81);
        _uart.Out(IER, 0x05);
    }

    private void ClearFifos()
    {
        _uart.Out(FCR, 0x01);
        _uart.Out(FCR, 0x07);
        _uart.Out(FCR, 0x00);
    }

    private string ReadByInterrupt()
    {
        var text = new System.Text.StringBuilder();
        while (_uart.Line.Asserted)
        {
            Assert.Contains(_uart.In(IIR), new byte[] { 0xC4, 0xCC });
            while ((_uart.In(LSR) & 0x01) != 0) text.Append((char)_uart.In(RBR));
        }

        return text.ToString();
    }
}
