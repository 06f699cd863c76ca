namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// A 16550A UART [16550]: the serial port of a PC. This part answers register accesses; the receiver, the interrupts and the state
/// have parts of their own.
/// <para>
/// A register is one byte. A wider access is a series of byte accesses to successive offsets, and what lies past the eighth reads 0xFF.
/// </para>
/// <para>
/// DEVIATION: transmission takes no time, so THRE and TEMT are always set; baud rate and character format are stored and have no effect; RTS
/// is not flow control. Guests see a very fast line. The modem inputs say that a terminal is connected and ready.
/// </para>
/// LOCK ORDER: vCPU threads and host threads meet in this type's lock. Under it the sink, the source and the interrupt line are
/// called, so it comes before theirs; nobody may call into the UART while holding one of theirs.
/// </summary>
public sealed partial class Uart16550 : IRepeatBusDevice, ISerialReceiver
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 8;

    private const ushort PowerOnDivisor = 12; // 9600 baud, which a PC's firmware sets; the chip itself leaves it undefined.

    private readonly Lock _lock = new();
    private readonly IInterruptLine _interrupt;
    private readonly ISerialSink _sink;
    private readonly ISerialSource _source;

    // LOCK ORDER: all below are guarded by _lock.
    private byte _ier;
    private byte _fcr;
    private byte _lcr;
    private byte _mcr;
    private byte _lineErrors;
    private byte _modemDelta;
    private byte _modemInputs;
    private byte _scr;
    private ushort _divisor;

    /// <summary>A UART in its power-on state.</summary>
    /// <param name="name">Its name in tables and errors, such as <c>uart0</c>.</param>
    /// <param name="interrupt">The wire to the interrupt controller.</param>
    /// <param name="sink">Receives what the guest sends.</param>
    /// <param name="source">Gives what the guest is to receive.</param>
    public Uart16550(string name, IInterruptLine interrupt, ISerialSink sink, ISerialSource source)
    {
        Name = name;
        _interrupt = interrupt;
        _sink = sink;
        _source = source;
        Restore(PowerOn);
    }

    /// <inheritdoc/>
    public string Name { get; }

    private bool DivisorLatchAccess => (_lcr & Lcr.DivisorLatchAccess) != 0;

    private bool Loopback => (_mcr & Mcr.Loopback) != 0;

    private bool FifosEnabled => (_fcr & Fcr.Enable) != 0;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            for (int i = 0; i < data.Length; i++) data[i] = ReadRegisterUnsynchronized(offset + (ulong)i);
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            for (int i = 0; i < data.Length; i++) WriteRegisterUnsynchronized(offset + (ulong)i, data[i]);
        }
    }

    /// <inheritdoc/>
    public void ReadRepeated(ulong offset, int width, Span<byte> data)
    {
        for (; !data.IsEmpty; data = data[width..]) Read(offset, data[..width]);
    }

    /// <inheritdoc/>
    public void WriteRepeated(ulong offset, int width, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (width == 1 && offset == UartRegister.THR && !DivisorLatchAccess && !Loopback)
            {
                _sink.Write(data);
                TransmittedUnsynchronized(data.Length);
                return;
            }
        }

        for (; !data.IsEmpty; data = data[width..]) Write(offset, data[..width]);
    }

    private byte ReadRegisterUnsynchronized(ulong offset) => offset switch
    {
        UartRegister.DLL when DivisorLatchAccess => (byte)_divisor,
        UartRegister.RBR => ReadReceiverUnsynchronized(),
        UartRegister.DLM when DivisorLatchAccess => (byte)(_divisor >> 8),
        UartRegister.IER => _ier,
        UartRegister.IIR => ReadInterruptIdentificationUnsynchronized(),
        UartRegister.LCR => _lcr,
        UartRegister.MCR => _mcr,
        UartRegister.LSR => ReadLineStatusUnsynchronized(),
        UartRegister.MSR => ReadModemStatusUnsynchronized(),
        UartRegister.SCR => _scr,
        _ => 0xFF,
    };

    private void WriteRegisterUnsynchronized(ulong offset, byte value)
    {
        switch (offset)
        {
            case UartRegister.DLL when DivisorLatchAccess: _divisor = (ushort)((_divisor & 0xFF00) | value); break;
            case UartRegister.THR: TransmitUnsynchronized(value); break;
            case UartRegister.DLM when DivisorLatchAccess: _divisor = (ushort)((value << 8) | (_divisor & 0xFF)); break;
            case UartRegister.IER: WriteInterruptEnableUnsynchronized(value); break;
            case UartRegister.FCR: WriteFifoControlUnsynchronized(value); break;
            case UartRegister.LCR: WriteLineControlUnsynchronized(value); break;
            case UartRegister.MCR: WriteModemControlUnsynchronized(value); break;
            case UartRegister.SCR: _scr = value; break;
        }

        // LSR and MSR are for factory tests when written [16550 §8.4, §8.9]: ignored.
    }

    private void TransmitUnsynchronized(byte value)
    {
        if (Loopback) LoopBackUnsynchronized(new UartCharacter(value, 0, FromHost: false));
        else _sink.Write(value);
        TransmittedUnsynchronized(1);
    }

    private void TransmittedUnsynchronized(int count)
    {
        ForgivePollsUnsynchronized(count);
        _transmitterInterruptPending = true; // The byte has left already.
        DriveInterruptUnsynchronized();
    }

    private void WriteLineControlUnsynchronized(byte value)
    {
        bool breakBegins = (value & Lcr.Break) != 0 && (_lcr & Lcr.Break) == 0;
        _lcr = value;
        if (breakBegins && Loopback) LoopBackUnsynchronized(new UartCharacter(0, Lsr.Break, FromHost: false));
    }

    private void WriteModemControlUnsynchronized(byte value)
    {
        _mcr = (byte)(value & Mcr.Mask);
        byte before = _modemInputs;
        _modemInputs = ModemInputs(_mcr);
        _modemDelta |= (byte)(((before ^ _modemInputs) >> 4) & Msr.DeltaMask);
        if ((before & ~_modemInputs & Msr.RI) != 0) _modemDelta |= Msr.TrailingEdgeRing;
        DriveInterruptUnsynchronized();
        PullInputUnsynchronized();
    }

    private byte ReadModemStatusUnsynchronized()
    {
        var status = (byte)(_modemInputs | _modemDelta);
        _modemDelta = 0;
        DriveInterruptUnsynchronized();
        return status;
    }

    /// <summary>In loopback the modem inputs are the modem outputs, crossed as by a null-modem cable [16550 §8.8].</summary>
    private static byte ModemInputs(byte mcr)
    {
        if ((mcr & Mcr.Loopback) == 0) return Msr.CTS | Msr.DSR | Msr.DCD;
        int inputs = 0;
        if ((mcr & Mcr.RTS) != 0) inputs |= Msr.CTS;
        if ((mcr & Mcr.DTR) != 0) inputs |= Msr.DSR;
        if ((mcr & Mcr.OUT1) != 0) inputs |= Msr.RI;
        if ((mcr & Mcr.OUT2) != 0) inputs |= Msr.DCD;
        return (byte)inputs;
    }
}
