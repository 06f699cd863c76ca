using KvmPS.Core.Devices.Legacy;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>The real-time clock, register by register, on a clock that moves by hand. It begins at Sunday, 2026-03-01 12:00:00.</summary>
public sealed class CmosRtcTests : IDisposable
{
    private const byte Set = 0x80;
    private const byte Hours24 = 0x02;
    private const byte Binary = 0x04;
    private const byte UpdateInterrupt = 0x10;
    private const byte AlarmInterrupt = 0x20;

    private readonly ManualTime _time = new();
    private readonly FakeLine _line = new();
    private readonly CmosRtc _clock;

    public CmosRtcTests() => _clock = Clock(TimeSpan.Zero);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public void It_shows_the_time_in_decimal_digits() =>
        Assert.Equal([0x00, 0x00, 0x12, 0x01, 0x01, 0x03, 0x26, 0x20], Time());

    [Fact]
    public void It_shows_the_time_in_binary_when_asked()
    {
        _time.Advance(new TimeSpan(11, 59, 58));
        Out(0x0B, Hours24 | Binary);
        Assert.Equal([58, 59, 23, 1, 1, 3, 26, 20], Time());
    }

    [Theory]
    [InlineData(-12, 0x12)]
    [InlineData(-11, 0x01)]
    [InlineData(0, 0x92)]
    [InlineData(11, 0x91)]
    public void It_counts_to_twelve_when_asked(int hours, int shown)
    {
        using CmosRtc clock = Clock(TimeSpan.FromHours(hours));
        Out(clock, 0x0B, 0);
        Assert.Equal(shown, In(clock, 0x04));
    }

    [Fact]
    public void It_is_ahead_by_its_offset()
    {
        using CmosRtc clock = Clock(TimeSpan.FromDays(-366));
        Assert.Equal(0x25, In(clock, 0x09));
        Assert.Equal(0x28, In(clock, 0x07));
    }

    [Theory]
    [InlineData(long.MaxValue, 0x99)]
    [InlineData(long.MinValue, 0x00)]
    public void No_offset_is_too_large(long ticks, int century)
    {
        using CmosRtc clock = Clock(new TimeSpan(ticks));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(century, In(clock, 0x32));
    }

    [Fact]
    public void An_update_is_announced_shortly_before_it()
    {
        _time.Advance(TimeSpan.FromMicroseconds(999_700));
        Assert.Equal(0x26, In(0x0A));
        _time.Advance(TimeSpan.FromMicroseconds(100));
        Assert.Equal(0xA6, In(0x0A));
        Out(0x0B, Set | Hours24);
        Assert.Equal(0x26, In(0x0A));
        Out(0x0B, Hours24);
        _time.Advance(TimeSpan.FromMicroseconds(200));
        Assert.Equal(0x26, In(0x0A));
        Assert.Equal(0x01, In(0x00));
    }

    [Fact]
    public void A_guest_sets_the_time_as_Linux_does()
    {
        byte control = In(0x0B);
        byte rate = In(0x0A);
        Out(0x0B, (byte)(control | Set));
        Out(0x0A, (byte)(rate | 0x70));
        foreach ((int register, int value) in new[] { (0x09, 0x31), (0x08, 0x12), (0x07, 0x31), (0x04, 0x23), (0x02, 0x59), (0x00, 0x59), (0x32, 0x20) }) Out((byte)register, (byte)value);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0x59, In(0x00)); // It stands.
        Out(0x0B, control);
        Out(0x0A, rate);

        Assert.Equal([0x59, 0x59, 0x23, 0x04, 0x31, 0x12, 0x31, 0x20], Time()); // A Wednesday.
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(0x59, In(0x00));
        _time.Advance(TimeSpan.FromMilliseconds(1)); // Half a second after the divider was let go.
        Assert.Equal([0x00, 0x00, 0x00, 0x05, 0x01, 0x01, 0x32, 0x20], Time());
    }

    [Fact]
    public void Nonsense_becomes_the_nearest_time()
    {
        Out(0x0B, Set);
        foreach (byte register in new byte[] { 0x00, 0x02, 0x04, 0x07, 0x08, 0x09, 0x32 }) Out(register, 0xFF);
        Out(0x0B, Hours24 | Binary);
        Assert.Equal([59, 59, 23, 6, 31, 12, 99, 99], Time());
        _time.Advance(TimeSpan.FromDays(2)); // After the last second that a date can hold.
        Assert.Equal(99, In(0x32));
    }

    [Fact]
    public void One_register_of_a_running_clock_can_be_written()
    {
        Out(0x04, 0x15);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal([0x01, 0x01, 0x15, 0x01, 0x01, 0x03, 0x26, 0x20], Time());
    }

    [Fact]
    public void Updates_interrupt_when_enabled_and_register_C_acknowledges()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_line.Asserted);
        Assert.Equal(0x10, In(0x0C)); // The flag is there without the interrupt.
        Out(0x0B, Hours24 | UpdateInterrupt);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_line.Asserted);
        Assert.Equal(0x90, In(0x0C));
        Assert.False(_line.Asserted);
        Assert.Equal(0x00, In(0x0C));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_line.Asserted);
        Out(0x0B, Set | Hours24 | UpdateInterrupt);
        Assert.Equal(Set | Hours24, In(0x0B)); // Setting the time switches it off.
        Assert.False(_line.Asserted);
    }

    [Theory]
    [InlineData(0x12, 0x00, 0x05, 5)]
    [InlineData(0xC0, 0xFF, 0x30, 30)]
    [InlineData(0xFF, 0x10, 0x00, 600)]
    [InlineData(0x11, 0x59, 0x59, 86_399)]
    public void An_alarm_comes_when_its_time_does(int hours, int minutes, int seconds, int after)
    {
        SetAlarm(hours, minutes, seconds);
        Out(0x0B, Hours24 | AlarmInterrupt);
        _time.Advance(TimeSpan.FromSeconds(after - 1));
        Assert.False(_line.Asserted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_line.Asserted);
        Assert.Equal(0xB0, In(0x0C));
        Assert.False(_line.Asserted);
    }

    [Fact]
    public void An_alarm_in_the_afternoon_has_its_own_digits()
    {
        Out(0x0B, 0);
        SetAlarm(0x81, 0x00, 0x00);
        Out(0x0B, AlarmInterrupt);
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(_line.Asserted);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_line.Asserted);
    }

    [Fact]
    public void An_alarm_that_is_no_time_never_comes()
    {
        SetAlarm(0x25, 0x61, 0x99);
        Out(0x0B, Hours24 | AlarmInterrupt);
        _time.Advance(TimeSpan.FromDays(3));
        Assert.False(_line.Asserted);
    }

    [Fact]
    public void At_the_end_of_time_no_timer_runs()
    {
        using CmosRtc clock = Clock(TimeSpan.MaxValue);
        Out(clock, 0x0B, Hours24 | UpdateInterrupt);
        Assert.Equal(0, _time.ArmedTimers);
        Out(0x0B, Hours24 | UpdateInterrupt);
        Assert.Equal(1, _time.ArmedTimers);
    }

    [Fact]
    public void An_idle_clock_has_no_timer_running()
    {
        Assert.Equal(0, _time.ArmedTimers);
        Out(0x0B, Hours24 | UpdateInterrupt);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_line.Asserted);
        Assert.Equal(0, _time.ArmedTimers); // Nothing changes until the guest has read register C.
        In(0x0C);
        Assert.Equal(1, _time.ArmedTimers);
        Out(0x0B, Hours24);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void After_its_end_no_timer_interrupts()
    {
        Out(0x0B, Hours24 | UpdateInterrupt);
        _clock.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(_line.Asserted);
        Assert.Equal(0x05, In(0x00));
    }

    [Fact]
    public void The_memory_keeps_what_it_is_given_and_the_registers_what_they_may()
    {
        for (int register = 0x0E; register < 128; register++)
        {
            if (register == 0x32) continue;
            Out((byte)register, (byte)(register ^ 0xA5));
        }

        for (int register = 0x0E; register < 128; register++)
            if (register != 0x32) Assert.Equal(register ^ 0xA5, In((byte)register));
        Out(0x0D, 0);
        Assert.Equal(0x80, In(0x0D));
    }

    [Fact]
    public void The_index_masks_the_NMI_and_cannot_be_read()
    {
        Assert.False(_clock.IsNmiMasked);
        Assert.Equal(0x80, In(0x8D));
        Assert.True(_clock.IsNmiMasked);
        byte[] data = new byte[2];
        _clock.Read(0, data);
        Assert.Equal([0xFF, 0x80], data);
    }

    [Theory]
    [InlineData(16, 0, 15 << 10, 0, 0)]
    [InlineData(64, 0, 63 << 10, 48 << 4, 0)]
    [InlineData(3072, 1024, 0xFFFF, 3056 << 4, 1024 << 4)]
    [InlineData(3072, 1 << 24, 0xFFFF, 3056 << 4, 0xFFFFFF)]
    public void The_memory_tells_the_size_of_the_RAM(int lowMiB, int highMiB, int extendedKiB, int above16MiB, int above4GiB)
    {
        byte[] nvram = CmosNvram.Of((ulong)lowMiB << 20, (ulong)highMiB << 20, processors: 4);
        Assert.Equal(640, Word(nvram, 0x15));
        Assert.Equal(extendedKiB, Word(nvram, 0x17));
        Assert.Equal(extendedKiB, Word(nvram, 0x30));
        Assert.Equal(above16MiB, Word(nvram, 0x34));
        Assert.Equal(above4GiB, Word(nvram, 0x5B) | (nvram[0x5D] << 16));
        Assert.Equal(3, nvram[0x5F]);
        Assert.Equal(nvram.AsSpan(0x10, 0x1E).ToArray().Sum(b => b), (nvram[0x2E] << 8) | nvram[0x2F]);
    }

    [Fact]
    public void A_state_of_another_kind_is_refused() =>
        Assert.Throws<ArgumentException>(() => _clock.Restore(_clock.Capture() with { Memory = [1, 2, 3] }));

    [Fact]
    public void A_hostile_state_does_not_hang_the_clock()
    {
        _clock.Restore(_clock.Capture() with { Seen = long.MinValue, Offset = TimeSpan.MinValue });
        Out(0x0B, Hours24 | AlarmInterrupt);
        _clock.Restore(_clock.Capture() with { Seen = 0, Offset = TimeSpan.MaxValue });
        Assert.Equal(0x99, In(0x32));
    }

    private static int Word(byte[] nvram, int at) => nvram[at] | (nvram[at + 1] << 8);

    private CmosRtc Clock(TimeSpan offset) => new(_time, _line, offset, CmosNvram.Of(64 << 20, 0, 1));

    private void SetAlarm(int hours, int minutes, int seconds)
    {
        Out(0x05, (byte)hours);
        Out(0x03, (byte)minutes);
        Out(0x01, (byte)seconds);
    }

    private byte[] Time() => [In(0x00), In(0x02), In(0x04), In(0x06), In(0x07), In(0x08), In(0x09), In(0x32)];

    private byte In(byte register) => In(_clock, register);

    private void Out(byte register, byte value) => Out(_clock, register, value);

    private static byte In(CmosRtc clock, byte register)
    {
        Span<byte> data = stackalloc byte[1];
        clock.Write(0, [register]);
        clock.Read(1, data);
        return data[0];
    }

    private static void Out(CmosRtc clock, byte register, byte value)
    {
        clock.Write(0, [register]);
        clock.Write(1, [value]);
    }
}
