using System.Buffers.Binary;

namespace KvmPS.Core.Devices.Acpi;

/// <summary>What an <see cref="AcpiPm"/> remembers.</summary>
/// <param name="Status">PM1 status.</param>
/// <param name="Enable">PM1 enable.</param>
/// <param name="Control">PM1 control, without SCI_EN, which is always set.</param>
/// <param name="Timer">The power management timer.</param>
public sealed record AcpiPmState(ushort Status, ushort Enable, ushort Control, uint Timer);

/// <summary>
/// The fixed power management hardware of ACPI [acpi §4.8.3]: PM1 events and their enable bits, PM1 control with soft-off, the power management timer
/// of 32 bits, and a fixed power button. There is no SMI command port, so SCI_EN reads 1 always.
/// <para>
/// DEVIATION: the carry of the timer sets its status bit, and raises the interrupt when the guest next touches a register, not of itself: systems
/// read a timer of 32 bits and leave its interrupt off.
/// </para>
/// LOCK ORDER: this lock comes before those of the interrupt line and of the machine.
/// </summary>
public sealed class AcpiPm : IBusDevice, IPowerButton
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 12;

    /// <summary>What the timer counts in a second [acpi §4.8.2.1].</summary>
    public const uint TimerFrequency = 3_579_545;

    /// <summary>The sleep type of soft-off: 0 at these ports, so that 0x2000 written to 0x604 switches off here as it does on QEMU's PC, which small systems without an AML interpreter know.</summary>
    public const byte SoftOffType = 0;

    private const int StatusOffset = 0;
    private const int EnableOffset = 2;
    private const int ControlOffset = 4;
    private const int TimerOffset = 8;

    private const ushort TimerCarry = 1 << 0;
    private const ushort GlobalLock = 1 << 5;
    private const ushort PowerButton = 1 << 8;
    private const ushort WakeStatus = 1 << 15;
    private const ushort StatusMask = TimerCarry | GlobalLock | PowerButton | WakeStatus;
    private const ushort EnableMask = TimerCarry | GlobalLock | PowerButton;

    private const ushort SciEnabled = 1 << 0;
    private const ushort BusMasterReload = 1 << 1;
    private const ushort SleepTypeMask = 7 << SleepTypeShift;
    private const ushort ControlMask = BusMasterReload | SleepTypeMask;
    private const int SleepTypeShift = 10;
    private const byte SleepEnableInHighByte = 1 << 5;

    private readonly Lock _lock = new();
    private readonly ISystemControl _system;
    private readonly IInterruptLine _interrupt;
    private readonly TimeProvider _time;
    private ushort _status;
    private ushort _enable;
    private ushort _control;
    private long _origin; // when the timer stood at _base
    private ulong _base;
    private ulong _half; // the timer's count of half periods, for the carry
    private bool _asserted;

    /// <summary>Power management at power-on: no events, none enabled.</summary>
    /// <param name="system">Told of soft-off.</param>
    /// <param name="interrupt">The system control interrupt, a level.</param>
    /// <param name="time">What the timer counts.</param>
    public AcpiPm(ISystemControl system, IInterruptLine interrupt, TimeProvider time)
    {
        _system = system;
        _interrupt = interrupt;
        _time = time;
        Reset();
    }

    /// <inheritdoc/>
    public string Name => "acpi-pm";

    /// <summary>Whether the guest wants to be told of the power button: a system that does not will not heed it.</summary>
    public bool IsPowerButtonEnabled
    {
        get { lock (_lock) return (_enable & PowerButton) != 0; }
    }

    /// <summary>Presses the power button and lets it go. The press stays noted until the guest takes it. Safe from any thread, also when the machine has ended.</summary>
    public void PressPowerButton()
    {
        lock (_lock)
        {
            _status |= PowerButton;
            DriveInterruptUnsynchronized();
        }
    }

    /// <inheritdoc/>
    bool IPowerButton.IsEnabled => IsPowerButtonEnabled;

    /// <inheritdoc/>
    void IPowerButton.Press() => PressPowerButton();

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        Span<byte> registers = stackalloc byte[PortCount];
        registers.Clear();
        lock (_lock)
        {
            ulong timer = AdvanceUnsynchronized();
            BinaryPrimitives.WriteUInt16LittleEndian(registers[StatusOffset..], _status);
            BinaryPrimitives.WriteUInt16LittleEndian(registers[EnableOffset..], _enable);
            BinaryPrimitives.WriteUInt16LittleEndian(registers[ControlOffset..], (ushort)(_control | SciEnabled));
            BinaryPrimitives.WriteUInt32LittleEndian(registers[TimerOffset..], unchecked((uint)timer));
        }

        for (int i = 0; i < data.Length; i++)
        {
            // GUEST-CONTROLLED: a wide access may begin near the end.
            ulong at = offset + (ulong)i;
            data[i] = at < PortCount ? registers[(int)at] : (byte)0xFF;
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            AdvanceUnsynchronized();
            for (int i = 0; i < data.Length; i++)
            {
                byte value = data[i];
                switch (offset + (ulong)i)
                {
                    case StatusOffset: _status &= (ushort)~value; break; // Ones clear.
                    case StatusOffset + 1: _status &= (ushort)~(value << 8); break;
                    case EnableOffset: _enable = (ushort)(((_enable & 0xFF00) | value) & EnableMask); break;
                    case EnableOffset + 1: _enable = (ushort)(((_enable & 0x00FF) | (value << 8)) & EnableMask); break;
                    case ControlOffset: _control = (ushort)(((_control & 0xFF00) | value) & ControlMask); break;
                    case ControlOffset + 1: WriteControlHighUnsynchronized(value); break;
                }
            }

            DriveInterruptUnsynchronized();
        }
    }

    /// <inheritdoc/>
    public void Reset() => Restore(new AcpiPmState(0, 0, 0, 0));

    /// <summary>A copy of the registers.</summary>
    public AcpiPmState Capture()
    {
        lock (_lock)
        {
            uint timer = unchecked((uint)AdvanceUnsynchronized());
            return new AcpiPmState(_status, _enable, _control, timer);
        }
    }

    /// <summary>Puts captured registers back and drives the interrupt to match; the timer goes on from where it stood. Asks for no soft-off.</summary>
    public void Restore(AcpiPmState state)
    {
        lock (_lock)
        {
            _status = (ushort)(state.Status & StatusMask);
            _enable = (ushort)(state.Enable & EnableMask);
            _control = (ushort)(state.Control & ControlMask);
            _base = state.Timer;
            _half = _base >> 31;
            _origin = _time.GetTimestamp();
            DriveInterruptUnsynchronized();
        }
    }

    /// <summary>SLP_TYP and SLP_EN lie in one byte, so a guest may write them by bytes, words or both at once.</summary>
    private void WriteControlHighUnsynchronized(byte value)
    {
        _control = (ushort)(((_control & 0x00FF) | (value << 8)) & ControlMask);

        // Other sleep types do nothing: the tables offer soft-off alone, and a machine that slept would have nothing to wake it.
        if ((value & SleepEnableInHighByte) != 0 && (_control & SleepTypeMask) >> SleepTypeShift == SoftOffType) _system.RequestPowerOff();
    }

    /// <summary>The timer's value, with all its carries; notes one that came since the last look.</summary>
    private ulong AdvanceUnsynchronized()
    {
        // In two steps, since the product of a timestamp of many hours and the frequency has more than 64 bits.
        var elapsed = (ulong)(_time.GetTimestamp() - _origin);
        var frequency = (ulong)_time.TimestampFrequency;
        (ulong seconds, ulong rest) = Math.DivRem(elapsed, frequency);
        ulong timer = unchecked(_base + (seconds * TimerFrequency) + (rest * TimerFrequency / frequency));

        // The status bit is set whenever the top bit changes [acpi §4.8.3.3].
        if (timer >> 31 != _half)
        {
            _half = timer >> 31;
            _status |= TimerCarry;
            DriveInterruptUnsynchronized();
        }

        return timer;
    }

    private void DriveInterruptUnsynchronized()
    {
        bool asserted = (_status & _enable & EnableMask) != 0;
        if (asserted == _asserted) return;
        _asserted = asserted;
        _interrupt.Set(asserted);
    }
}
