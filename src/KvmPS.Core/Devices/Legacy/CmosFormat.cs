namespace KvmPS.Core.Devices.Legacy;

/// <summary>How the clock's registers show numbers: binary or two decimal digits, hours to 24 or to 12 with the top bit for the afternoon [mc146818].</summary>
/// <param name="ControlB">Register B, which chooses.</param>
internal readonly record struct CmosFormat(byte ControlB)
{
    private const byte Afternoon = 0x80;
    private const byte AnyMask = 0xC0;

    private bool IsBinary => (ControlB & CmosB.Binary) != 0;

    private bool Is24Hours => (ControlB & CmosB.Hours24) != 0;

    public byte Encode(int number) => (byte)(IsBinary ? number : ((number / 10) << 4) | (number % 10));

    /// <summary>GUEST-CONTROLLED: digits above 9 give a number that is too large, at most 255, which the caller bounds.</summary>
    public int Decode(byte value) => IsBinary ? value : (value >> 4) * 10 + (value & 0x0F);

    public byte EncodeHour(int hour)
    {
        if (Is24Hours) return Encode(hour);
        byte value = Encode(hour % 12 == 0 ? 12 : hour % 12);
        return hour < 12 ? value : (byte)(value | Afternoon);
    }

    public int DecodeHour(byte value)
    {
        if (Is24Hours) return Decode(value);
        return Decode((byte)(value & ~Afternoon)) % 12 + ((value & Afternoon) != 0 ? 12 : 0);
    }

    /// <summary>Whether an alarm's register matches every number.</summary>
    public static bool IsAny(byte alarm) => (alarm & AnyMask) == AnyMask;

    /// <summary>The second after <paramref name="after"/> at which an alarm is due, counted from a midnight; null when it never is.</summary>
    public long? NextAlarm(long after, byte hours, byte minutes, byte seconds)
    {
        int? hour = IsAny(hours) ? null : DecodeHour(hours);
        int? minute = IsAny(minutes) ? null : Decode(minutes);
        int? second = IsAny(seconds) ? null : Decode(seconds);
        if (hour > 23 || minute > 59 || second > 59) return null;

        // At most 24 hours, 60 minutes and 60 seconds are stepped over, and once more when the first hour was half gone.
        long at = after + 1;
        while (true)
        {
            if (hour is { } h && at / 3600 % 24 != h) at = (at / 3600 + 1) * 3600;
            else if (minute is { } m && at / 60 % 60 != m) at = (at / 60 + 1) * 60;
            else if (second is { } s && at % 60 != s) at++;
            else return at;
        }
    }
}
