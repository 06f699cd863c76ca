namespace KvmPS.Core.Devices.Legacy;

/// <summary>Register offsets of a 16550A, by the datasheet's names [16550 §8, table II].</summary>
internal static class UartRegister
{
    /// <summary>Receiver buffer (read, DLAB = 0).</summary>
    public const ulong RBR = 0;

    /// <summary>Transmitter holding (write, DLAB = 0).</summary>
    public const ulong THR = 0;

    /// <summary>Divisor latch, low byte (DLAB = 1).</summary>
    public const ulong DLL = 0;

    /// <summary>Interrupt enable (DLAB = 0).</summary>
    public const ulong IER = 1;

    /// <summary>Divisor latch, high byte (DLAB = 1).</summary>
    public const ulong DLM = 1;

    /// <summary>Interrupt identification (read).</summary>
    public const ulong IIR = 2;

    /// <summary>FIFO control (write).</summary>
    public const ulong FCR = 2;

    /// <summary>Line control.</summary>
    public const ulong LCR = 3;

    /// <summary>Modem control.</summary>
    public const ulong MCR = 4;

    /// <summary>Line status.</summary>
    public const ulong LSR = 5;

    /// <summary>Modem status.</summary>
    public const ulong MSR = 6;

    /// <summary>Scratch.</summary>
    public const ulong SCR = 7;
}

/// <summary>Bits of the interrupt enable register [16550 §8.7].</summary>
internal static class Ier
{
    public const byte ReceivedData = 0x01;
    public const byte TransmitterEmpty = 0x02;
    public const byte LineStatus = 0x04;
    public const byte ModemStatus = 0x08;
    public const byte Mask = 0x0F;
}

/// <summary>Values of the interrupt identification register [16550 §8.6, table IV].</summary>
internal static class Iir
{
    public const byte None = 0x01;
    public const byte ModemStatus = 0x00;
    public const byte TransmitterEmpty = 0x02;
    public const byte ReceivedData = 0x04;
    public const byte LineStatus = 0x06;
    public const byte CharacterTimeout = 0x0C;

    /// <summary>Both bits are set while the FIFOs are on; by them a driver tells a 16550A from its ancestors.</summary>
    public const byte FifosEnabled = 0xC0;
}

/// <summary>Bits of the FIFO control register [16550 §8.5].</summary>
internal static class Fcr
{
    public const byte Enable = 0x01;
    public const byte ClearReceiver = 0x02;
    public const byte DmaMode = 0x08;
    public const byte TriggerMask = 0xC0;

    /// <summary>How many bytes in the receiver FIFO raise the received-data interrupt.</summary>
    public static int TriggerLevel(byte fcr) => (fcr & TriggerMask) switch
    {
        0x00 => 1,
        0x40 => 4,
        0x80 => 8,
        _ => 14,
    };
}

/// <summary>Bits of the line control register that have an effect here [16550 §8.1].</summary>
internal static class Lcr
{
    public const byte Break = 0x40;
    public const byte DivisorLatchAccess = 0x80;
}

/// <summary>Bits of the modem control register [16550 §8.8].</summary>
internal static class Mcr
{
    public const byte DTR = 0x01;
    public const byte RTS = 0x02;
    public const byte OUT1 = 0x04;

    /// <summary>On a PC this output opens the gate between the UART's interrupt pin and the bus.</summary>
    public const byte OUT2 = 0x08;
    public const byte Loopback = 0x10;
    public const byte Mask = 0x1F;
}

/// <summary>Bits of the line status register [16550 §8.4].</summary>
internal static class Lsr
{
    public const byte DataReady = 0x01;
    public const byte Overrun = 0x02;
    public const byte Break = 0x10;
    public const byte TransmitterHoldingEmpty = 0x20;
    public const byte TransmitterEmpty = 0x40;
    public const byte ErrorInFifo = 0x80;
}

/// <summary>Bits of the modem status register [16550 §8.9]: the low four say what changed, the high four what is.</summary>
internal static class Msr
{
    public const byte DeltaMask = 0x0B;
    public const byte TrailingEdgeRing = 0x04;
    public const byte CTS = 0x10;
    public const byte DSR = 0x20;
    public const byte RI = 0x40;
    public const byte DCD = 0x80;
}
