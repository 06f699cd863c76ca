using KvmPS.Core.Devices.Legacy;

namespace KvmPS.Tests.Devices;

/// <summary>A UART with fakes around it, spoken to as a driver does.</summary>
internal sealed class UartBench
{
    public UartBench() => Uart = new Uart16550("uart0", Line, Terminal, Terminal);

    public FakeLine Line { get; } = new();

    public FakeTerminal Terminal { get; } = new();

    public Uart16550 Uart { get; }

    public byte In(ulong register)
    {
        Span<byte> data = stackalloc byte[1];
        Uart.Read(register, data);
        return data[0];
    }

    public void Out(ulong register, int value) => Uart.Write(register, [(byte)value]);

    public void Input(string text)
    {
        Terminal.Input = System.Text.Encoding.Latin1.GetBytes(text);
        Uart.InputAvailable();
    }
}
