namespace KvmPS.Core.Devices.Legacy;

/// <summary>What an <see cref="I8042"/> remembers.</summary>
/// <param name="Command">The command byte.</param>
/// <param name="OutputPort">The output port, whose bit 0 is the reset line and bit 1 gate A20.</param>
/// <param name="Status">The bits of the status register that belong to the byte in the output buffer, and bit 3.</param>
/// <param name="Output">The output buffer.</param>
/// <param name="Expecting">The command whose parameter comes next at the data port; 0 for none.</param>
public sealed record I8042State(byte Command, byte OutputPort, byte Status, byte Output, byte Expecting);

/// <summary>
/// The keyboard controller of a PC [8042] with nothing plugged in: the data port at offset 0 and the command and status port at offset 4, so that
/// on the bus it takes 0x60 and 0x64 and leaves port B at 0x61 to the timer (KVM's in-kernel PIT answers it, made with
/// <c>KVM_PIT_SPEAKER_DUMMY</c>).
/// <para>
/// Its use is its reset line. The rest answers a driver's questions at once, because a driver that gets no answer waits: Linux waits half a second for
/// each. So a byte for the missing keyboard gets the controller's time-out answer (0xFE with status bit 6) with its
/// interrupt, and the test of the missing auxiliary port fails (DEVIATION: command 0xD3 returns its byte as the keyboard's, by which Linux
/// knows in one step that there is no such port). Of the controller's RAM only byte 0, the command byte, is kept: the others read zero.
/// </para>
/// LOCK ORDER: this lock comes before those of the interrupt line and of the machine.
/// </summary>
public sealed class I8042 : IBusDevice
{
    /// <summary>Offset of the data port.</summary>
    public const ulong DataOffset = 0;

    /// <summary>Offset of the command port (write) and the status register (read).</summary>
    public const ulong CommandOffset = 4;

    private const byte StatusOutputFull = 0x01;
    private const byte StatusSystemFlag = 0x04;
    private const byte StatusLastWasCommand = 0x08;
    private const byte StatusNotLocked = 0x10;
    private const byte StatusAuxiliaryData = 0x20;
    private const byte StatusTimeout = 0x40;
    private const byte StatusKept = StatusOutputFull | StatusLastWasCommand | StatusAuxiliaryData | StatusTimeout;

    private const byte CommandKeyboardInterrupt = 0x01;
    private const byte CommandSystemFlag = 0x04;
    private const byte CommandKeyboardOff = 0x10;
    private const byte CommandAuxiliaryOff = 0x20;
    private const byte CommandTranslate = 0x40;

    private const byte ReadCommandByte = 0x20;
    private const byte LastReadRam = 0x3F;
    private const byte WriteCommandByte = 0x60;
    private const byte LastWriteRam = 0x7F;
    private const byte TestPassword = 0xA4;
    private const byte DisableAuxiliary = 0xA7;
    private const byte EnableAuxiliary = 0xA8;
    private const byte TestAuxiliary = 0xA9;
    private const byte SelfTest = 0xAA;
    private const byte TestKeyboard = 0xAB;
    private const byte DisableKeyboard = 0xAD;
    private const byte EnableKeyboard = 0xAE;
    private const byte ReadInputPort = 0xC0;
    private const byte ReadOutputPort = 0xD0;
    private const byte WriteOutputPort = 0xD1;
    private const byte WriteKeyboardOutput = 0xD2;
    private const byte WriteAuxiliaryOutput = 0xD3;
    private const byte WriteAuxiliary = 0xD4;
    private const byte CloseA20 = 0xDD;
    private const byte OpenA20 = 0xDF;
    private const byte ReadTestInputs = 0xE0;
    private const byte PulseOutput = 0xF0;

    private const byte OutputPortReset = 0x01; // Active low.
    private const byte OutputPortA20 = 0x02;
    private const byte InputPortNotLocked = 0x80;
    private const byte SelfTestPassed = 0x55;
    private const byte NoPassword = 0xF1;
    private const byte ClockStuckLow = 0x01;
    private const byte Resend = 0xFE;

    // As firmware leaves them, since there is none: self-tested, scan codes translated, keyboard interrupt on, A20 open.
    private static readonly I8042State PowerOn = new(
        CommandKeyboardInterrupt | CommandSystemFlag | CommandAuxiliaryOff | CommandTranslate, OutputPortReset | OutputPortA20, 0, 0, 0);

    private readonly Lock _lock = new();
    private readonly ISystemControl _system;
    private readonly IInterruptLine _interrupt;
    private byte _command;
    private byte _outputPort;
    private byte _status;
    private byte _output;
    private byte _expecting;
    private bool _asserted;

    /// <summary>A controller as firmware would leave it.</summary>
    /// <param name="system">Told of a reset.</param>
    /// <param name="keyboardInterrupt">IRQ 1.</param>
    public I8042(ISystemControl system, IInterruptLine keyboardInterrupt)
    {
        _system = system;
        _interrupt = keyboardInterrupt;
        Restore(PowerOn);
    }

    /// <inheritdoc/>
    public string Name => "i8042";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            for (int i = 0; i < data.Length; i++)
            {
                data[i] = (offset + (ulong)i) switch
                {
                    DataOffset => ReadDataUnsynchronized(),
                    CommandOffset => StatusUnsynchronized(),
                    _ => 0xFF,
                };
            }
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            for (int i = 0; i < data.Length; i++)
            {
                switch (offset + (ulong)i)
                {
                    case DataOffset: WriteDataUnsynchronized(data[i]); break;
                    case CommandOffset: WriteCommandUnsynchronized(data[i]); break;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Reset() => Restore(PowerOn);

    /// <summary>A copy of what the controller remembers.</summary>
    public I8042State Capture()
    {
        lock (_lock) return new I8042State(_command, _outputPort, _status, _output, _expecting);
    }

    /// <summary>Puts a captured state back and drives the interrupt line to match; asks for no reset.</summary>
    public void Restore(I8042State state)
    {
        lock (_lock)
        {
            (_command, _outputPort, _output, _expecting) = (state.Command, state.OutputPort, state.Output, state.Expecting);
            _status = (byte)(state.Status & StatusKept);
            DriveInterruptUnsynchronized();
        }
    }

    private byte StatusUnsynchronized() =>
        (byte)(_status | StatusNotLocked | ((_command & CommandSystemFlag) != 0 ? StatusSystemFlag : 0));

    private byte ReadDataUnsynchronized()
    {
        _status &= StatusLastWasCommand;
        DriveInterruptUnsynchronized();
        return _output;
    }

    private void WriteCommandUnsynchronized(byte command)
    {
        _status |= StatusLastWasCommand;
        _expecting = 0;
        switch (command)
        {
            case ReadCommandByte: AnswerUnsynchronized(_command); break;
            case > ReadCommandByte and <= LastReadRam: AnswerUnsynchronized(0); break;
            case TestPassword: AnswerUnsynchronized(NoPassword); break;
            case DisableAuxiliary: SetCommandUnsynchronized((byte)(_command | CommandAuxiliaryOff)); break;
            case EnableAuxiliary: SetCommandUnsynchronized((byte)(_command & ~CommandAuxiliaryOff)); break;
            case TestAuxiliary: AnswerUnsynchronized(ClockStuckLow); break;
            case SelfTest:
                SetCommandUnsynchronized((byte)(_command | CommandSystemFlag));
                AnswerUnsynchronized(SelfTestPassed);
                break;
            case TestKeyboard: AnswerUnsynchronized(0); break;
            case DisableKeyboard: SetCommandUnsynchronized((byte)(_command | CommandKeyboardOff)); break;
            case EnableKeyboard: SetCommandUnsynchronized((byte)(_command & ~CommandKeyboardOff)); break;
            case ReadInputPort: AnswerUnsynchronized(InputPortNotLocked); break;
            case ReadOutputPort: AnswerUnsynchronized(_outputPort); break;
            case CloseA20: _outputPort &= unchecked((byte)~OutputPortA20); break;
            case OpenA20: _outputPort |= OutputPortA20; break;
            case ReadTestInputs: AnswerUnsynchronized(0); break;
            case (>= WriteCommandByte and <= LastWriteRam) or WriteOutputPort or WriteKeyboardOutput or WriteAuxiliaryOutput or WriteAuxiliary:
                _expecting = command;
                break;

            // The low four bits say which lines of the output port are not pulsed; bit 0 is the reset line. Linux writes 0xFE.
            case >= PulseOutput when (command & OutputPortReset) == 0: _system.RequestReset(ResetSource.KeyboardController); break;
        }
    }

    private void WriteDataUnsynchronized(byte value)
    {
        byte command = _expecting;
        _expecting = 0;
        _status &= unchecked((byte)~StatusLastWasCommand);
        switch (command)
        {
            case WriteCommandByte: SetCommandUnsynchronized(value); break;
            case > WriteCommandByte and <= LastWriteRam: break;
            case WriteOutputPort: WriteOutputPortUnsynchronized(value); break;
            case WriteKeyboardOutput or WriteAuxiliaryOutput: AnswerUnsynchronized(value); break;
            case WriteAuxiliary: AnswerUnsynchronized(Resend, StatusTimeout | StatusAuxiliaryData); break;
            default: AnswerUnsynchronized(Resend, StatusTimeout); break;
        }
    }

    private void WriteOutputPortUnsynchronized(byte value)
    {
        // DEVIATION: gate A20 is stored, here and by its commands, and always open; no guest of today wants addresses to wrap at 1 MiB.
        _outputPort = value;
        if ((value & OutputPortReset) == 0) _system.RequestReset(ResetSource.KeyboardController);
    }

    private void SetCommandUnsynchronized(byte command)
    {
        _command = command;
        DriveInterruptUnsynchronized();
    }

    /// <summary>Fills the output buffer. There is one byte of it: an answer that nobody read is replaced, as on the controller.</summary>
    private void AnswerUnsynchronized(byte value, byte flags = 0)
    {
        _output = value;
        _status = (byte)((_status & StatusLastWasCommand) | StatusOutputFull | flags);
        DriveInterruptUnsynchronized();
    }

    private void DriveInterruptUnsynchronized()
    {
        bool asserted = (_command & CommandKeyboardInterrupt) != 0 && (_status & (StatusOutputFull | StatusAuxiliaryData)) == StatusOutputFull;
        if (asserted == _asserted) return;
        _asserted = asserted;
        _interrupt.Set(asserted);
    }
}
