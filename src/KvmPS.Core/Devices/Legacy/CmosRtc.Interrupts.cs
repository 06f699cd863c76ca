namespace KvmPS.Core.Devices.Legacy;

/// <summary>The update-ended and alarm interrupts: their flags are worked out from the seconds that have gone by since somebody looked.</summary>
public sealed partial class CmosRtc
{
    private const byte Sources = CmosB.Update | CmosB.Alarm;

    /// <summary>In a state: no second has been looked at yet, and the present one is the first.</summary>
    private const long NothingSeen = long.MaxValue;

    private static readonly long LastSecond = DateTime.MaxValue.Ticks / TimeSpan.TicksPerSecond;

    private readonly IInterruptLine _interrupt;
    private readonly ITimer _timer;
    private long _seen; // The second up to which updates and alarms are in register C.
    private bool _asserted;
    private bool _timerRuns;
    private bool _disposed;

    /// <summary>Ends the timer. The registers still answer.</summary>
    public void Dispose()
    {
        lock (_lock) _disposed = true;
        _timer.Dispose();
    }

    private byte AcknowledgeUnsynchronized()
    {
        NoteUpdatesUnsynchronized();
        var flags = (byte)(_memory[CmosRegister.C] | (IsInterruptPending ? CmosC.Interrupt : 0));
        _memory[CmosRegister.C] = 0;
        DriveInterruptUnsynchronized();
        return flags;
    }

    private bool IsInterruptPending => (_memory[CmosRegister.C] & _memory[CmosRegister.B] & Sources) != 0;

    private void NoteUpdatesUnsynchronized()
    {
        if (IsHeld) return;
        long now = GuestSecond;
        if (now > _seen)
        {
            _memory[CmosRegister.C] |= CmosB.Update;
            if (NextAlarmUnsynchronized(_seen) <= now) _memory[CmosRegister.C] |= CmosB.Alarm;
        }

        _seen = now; // Also when the host's clock was set back.
    }

    private long? NextAlarmUnsynchronized(long after) => Format.NextAlarm(
        after, _memory[CmosRegister.HoursAlarm], _memory[CmosRegister.MinutesAlarm], _memory[CmosRegister.SecondsAlarm]);

    /// <summary>Sets the wire, and the timer for the next time that it may change by itself.</summary>
    private void DriveInterruptUnsynchronized()
    {
        bool asserted = IsInterruptPending;
        if (asserted != _asserted)
        {
            _asserted = asserted;
            _interrupt.Set(asserted);
        }

        long? due = asserted || IsHeld ? null : NextInterruptUnsynchronized();
        if (_disposed || (due is null && !_timerRuns)) return;
        _timerRuns = due is not null;
        _timer.Change(due is { } second ? UntilUnsynchronized(second) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private long? NextInterruptUnsynchronized()
    {
        // GUEST-CONTROLLED: a clock at the end of the year 9999 has no next second, and a timer for it would come again at once.
        if (GuestSecond >= LastSecond) return null;
        byte enabled = _memory[CmosRegister.B];
        if ((enabled & CmosB.Update) != 0) return GuestSecond + 1;
        return (enabled & CmosB.Alarm) != 0 ? NextAlarmUnsynchronized(GuestSecond) : null;
    }

    /// <summary>Rounded up to a millisecond, the grain of timers: one that came too early would only be set again.</summary>
    private TimeSpan UntilUnsynchronized(long second)
    {
        long ticks = second * TimeSpan.TicksPerSecond - GuestTime.Ticks;
        return TimeSpan.FromMilliseconds(Math.Max(1, (ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond));
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            NoteUpdatesUnsynchronized();
            DriveInterruptUnsynchronized();
        }
    }
}
