namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// The clock: it stands while a guest sets it (register B's SET, or the divider held), and then its registers are plain memory. When it runs again,
/// they are read once and become the new offset.
/// </summary>
public sealed partial class CmosRtc
{
    /// <summary>How long before an update the chip announces it, which is what a driver has to read the time: 244 µs.</summary>
    private const long AnnouncedTicks = 244 * TimeSpan.TicksPerMicrosecond;

    private readonly TimeProvider _time;
    private long _offset; // In ticks; bounded, so that no sum of it and a date can overflow.

    private CmosFormat Format => new(_memory[CmosRegister.B]);

    private bool IsDividerHeld => (_memory[CmosRegister.A] & CmosA.DividerReset) == CmosA.DividerReset;

    private bool IsHeld => (_memory[CmosRegister.B] & CmosB.Set) != 0 || IsDividerHeld;

    private bool IsUpdateNear => !IsHeld && GuestTime.Ticks % TimeSpan.TicksPerSecond >= TimeSpan.TicksPerSecond - AnnouncedTicks;

    /// <summary>GUEST-CONTROLLED: a clock that was set to the last second of the year 9999 stays there.</summary>
    private DateTime GuestTime => new(Math.Clamp(_time.GetUtcNow().UtcTicks + _offset, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);

    private long GuestSecond => GuestTime.Ticks / TimeSpan.TicksPerSecond;

    private byte ShowUnsynchronized(int register, DateTime time) => register switch
    {
        CmosRegister.Seconds => Format.Encode(time.Second),
        CmosRegister.Minutes => Format.Encode(time.Minute),
        CmosRegister.Hours => Format.EncodeHour(time.Hour),
        CmosRegister.DayOfWeek => Format.Encode((int)time.DayOfWeek + 1),
        CmosRegister.Day => Format.Encode(time.Day),
        CmosRegister.Month => Format.Encode(time.Month),
        CmosRegister.Year => Format.Encode(time.Year % 100),
        _ => Format.Encode(time.Year / 100),
    };

    private void SetTimeUnsynchronized(int register, byte value)
    {
        if (IsHeld)
        {
            _memory[register] = value;
            return;
        }

        // DEVIATION: a date that does not exist between two writes to a running clock, such as February 31st, is bounded at once.
        HoldUnsynchronized();
        _memory[register] = value;
        RunUnsynchronized(GuestTime.Ticks % TimeSpan.TicksPerSecond);
        DriveInterruptUnsynchronized();
    }

    private void WriteControlUnsynchronized(int register, byte value)
    {
        NoteUpdatesUnsynchronized();
        bool wasHeld = IsHeld;
        bool wasDividerHeld = IsDividerHeld;
        byte before = _memory[register];
        _memory[register] = value;
        if (IsHeld && !wasHeld)
        {
            _memory[register] = before; // The registers keep the format that they had.
            HoldUnsynchronized();
            _memory[register] = value;
        }

        if (register == CmosRegister.B && (value & CmosB.Set) != 0) _memory[register] &= unchecked((byte)~CmosB.Update); // As the chip does.
        if (wasHeld && !IsHeld) RunUnsynchronized(wasDividerHeld ? TimeSpan.TicksPerSecond / 2 : GuestTime.Ticks % TimeSpan.TicksPerSecond);
        DriveInterruptUnsynchronized();
    }

    private void HoldUnsynchronized()
    {
        DateTime time = GuestTime;
        for (int register = CmosRegister.Seconds; register <= CmosRegister.Century; register++)
            if (CmosRegister.IsTime(register)) _memory[register] = ShowUnsynchronized(register, time);
    }

    /// <summary>The clock goes on from what its registers hold. GUEST-CONTROLLED: what is no time becomes the nearest that is one.</summary>
    /// <param name="fraction">How much of the second has gone: half of it after the divider was held.</param>
    private void RunUnsynchronized(long fraction)
    {
        int year = Math.Clamp(Decode(CmosRegister.Century) * 100 + Math.Min(Decode(CmosRegister.Year), 99), 1, 9999);
        int month = Math.Clamp(Decode(CmosRegister.Month), 1, 12);
        int day = Math.Clamp(Decode(CmosRegister.Day), 1, DateTime.DaysInMonth(year, month));
        int hour = Math.Min(Format.DecodeHour(_memory[CmosRegister.Hours]), 23);
        var set = new DateTime(year, month, day, hour, Math.Min(Decode(CmosRegister.Minutes), 59), Math.Min(Decode(CmosRegister.Seconds), 59), DateTimeKind.Utc);
        _offset = set.Ticks + fraction - _time.GetUtcNow().UtcTicks;
        _seen = GuestSecond;
    }

    private int Decode(int register) => Format.Decode(_memory[register]);
}
