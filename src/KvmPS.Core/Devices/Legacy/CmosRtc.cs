namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// The real-time clock of a PC with its battery-backed memory [mc146818]: the index at offset 0, whose top bit masks the NMI, and the data at offset 1.
/// This part answers accesses; the clock, its interrupts and the state have parts of their own.
/// <para>
/// It shows the host's time in UTC plus an offset, and a guest that sets it changes the offset. It has no tick of its own: registers are computed
/// when they are read, and a timer runs only while an alarm or update interrupt is enabled.
/// </para>
/// <para>
/// DEVIATION: the periodic interrupt never comes, and its bit in register C stays clear: KVM's PIT and the local APICs do that work better. The
/// day of the week follows from the date, and cannot be set.
/// </para>
/// LOCK ORDER: this lock comes before that of the interrupt line.
/// </summary>
public sealed partial class CmosRtc : IBusDevice, IDisposable
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 2;

    private const ulong IndexOffset = 0;
    private const ulong DataOffset = 1;
    private const byte IndexMask = 0x7F;
    private const byte NmiMask = 0x80;
    private const byte ValidRam = 0x80; // Register D: the battery is good.

    private readonly Lock _lock = new();
    private readonly byte[] _memory = new byte[CmosNvram.Size]; // With registers A to C, the alarm, and the time while it stands.
    private byte _index;

    /// <summary>A clock as firmware would leave it.</summary>
    /// <param name="time">The host's clock.</param>
    /// <param name="interrupt">IRQ 8.</param>
    /// <param name="offset">What it is ahead of the host's clock.</param>
    /// <param name="nvram">What the memory holds, of <see cref="CmosNvram.Size"/>; the clock's registers in it do not matter.</param>
    public CmosRtc(TimeProvider time, IInterruptLine interrupt, TimeSpan offset, ReadOnlySpan<byte> nvram)
    {
        _time = time;
        _interrupt = interrupt;
        _powerOn = PowerOn(offset, nvram);
        _timer = time.CreateTimer(static clock => ((CmosRtc)clock!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Restore(_powerOn);
    }

    /// <inheritdoc/>
    public string Name => "rtc";

    /// <summary>Whether the guest has masked the NMI, by the top bit of the index.</summary>
    public bool IsNmiMasked
    {
        get { lock (_lock) return (_index & NmiMask) != 0; }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            // The index cannot be read back on a PC.
            for (int i = 0; i < data.Length; i++) data[i] = offset + (ulong)i == DataOffset ? ReadRegisterUnsynchronized(_index & IndexMask) : (byte)0xFF;
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
                    case IndexOffset: _index = data[i]; break;
                    case DataOffset: WriteRegisterUnsynchronized(_index & IndexMask, data[i]); break;
                }
            }
        }
    }

    private byte ReadRegisterUnsynchronized(int register) => register switch
    {
        CmosRegister.A => (byte)(_memory[CmosRegister.A] | (IsUpdateNear ? CmosA.UpdateInProgress : 0)),
        CmosRegister.C => AcknowledgeUnsynchronized(),
        CmosRegister.D => ValidRam,
        _ when CmosRegister.IsTime(register) && !IsHeld => ShowUnsynchronized(register, GuestTime),
        _ => _memory[register],
    };

    private void WriteRegisterUnsynchronized(int register, byte value)
    {
        switch (register)
        {
            case CmosRegister.A: WriteControlUnsynchronized(register, (byte)(value & ~CmosA.UpdateInProgress)); break;
            case CmosRegister.B: WriteControlUnsynchronized(register, value); break;
            case CmosRegister.C or CmosRegister.D: break; // Read-only.
            case CmosRegister.SecondsAlarm or CmosRegister.MinutesAlarm or CmosRegister.HoursAlarm:
                NoteUpdatesUnsynchronized();
                _memory[register] = value;
                DriveInterruptUnsynchronized();
                break;
            default:
                if (CmosRegister.IsTime(register)) SetTimeUnsynchronized(register, value);
                else _memory[register] = value;
                break;
        }
    }
}
