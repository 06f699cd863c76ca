namespace KvmPS.Core.Devices.Legacy;

/// <summary>Where the real-time clock has its registers in its 128 bytes [mc146818], and PCs their century.</summary>
internal static class CmosRegister
{
    public const int Seconds = 0x00;
    public const int SecondsAlarm = 0x01;
    public const int Minutes = 0x02;
    public const int MinutesAlarm = 0x03;
    public const int Hours = 0x04;
    public const int HoursAlarm = 0x05;
    public const int DayOfWeek = 0x06;
    public const int Day = 0x07;
    public const int Month = 0x08;
    public const int Year = 0x09;
    public const int A = 0x0A;
    public const int B = 0x0B;
    public const int C = 0x0C;
    public const int D = 0x0D;

    /// <summary>The year's first two digits: no register of the chip, but where every PC has them, and where ACPI says that they are.</summary>
    public const int Century = 0x32;

    /// <summary>Whether a register shows the time.</summary>
    public static bool IsTime(int register) =>
        register is Seconds or Minutes or Hours or DayOfWeek or Day or Month or Year or Century;
}

/// <summary>Bits of register A [mc146818].</summary>
internal static class CmosA
{
    /// <summary>The time is about to change: who sees it clear has 244 µs to read.</summary>
    public const byte UpdateInProgress = 0x80;

    /// <summary>Both set, the clock's divider is held at zero.</summary>
    public const byte DividerReset = 0x60;

    /// <summary>A crystal of 32,768 Hz, and a periodic rate of 1,024 Hz, as firmware leaves it.</summary>
    public const byte PowerOn = 0x26;
}

/// <summary>Bits of register B, which are those of register C where both have an interrupt [mc146818].</summary>
internal static class CmosB
{
    public const byte Hours24 = 0x02;
    public const byte Binary = 0x04;
    public const byte Update = 0x10;
    public const byte Alarm = 0x20;

    /// <summary>The clock stands, so that its registers can be set.</summary>
    public const byte Set = 0x80;
}

/// <summary>Bits of register C, besides those of the interrupts [mc146818].</summary>
internal static class CmosC
{
    /// <summary>An enabled interrupt is pending: the wire's level.</summary>
    public const byte Interrupt = 0x80;
}
