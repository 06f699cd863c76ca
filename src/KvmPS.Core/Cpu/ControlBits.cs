namespace KvmPS.Core.Cpu;

/// <summary>The bits of the flags and of the control registers that this program itself sets or looks at [sdm 3A §2.3, §2.5, §2.2.1].</summary>
internal static class ControlBits
{
    /// <summary>RFLAGS bit 1 reads as one.</summary>
    public const ulong FlagsReservedOne = 1 << 1;

    /// <summary>RFLAGS.IF: interrupts are taken.</summary>
    public const ulong InterruptFlag = 1 << 9;

    /// <summary>RFLAGS.VM: a task in virtual 8086 mode.</summary>
    public const ulong Virtual8086Flag = 1 << 17;

    /// <summary>CR0.PE.</summary>
    public const ulong ProtectionEnable = 1 << 0;

    /// <summary>CR0.ET, always one.</summary>
    public const ulong ExtensionType = 1 << 4;

    /// <summary>CR0.NW.</summary>
    public const ulong NotWriteThrough = 1 << 29;

    /// <summary>CR0.CD.</summary>
    public const ulong CacheDisable = 1 << 30;

    /// <summary>CR0.PG.</summary>
    public const ulong Paging = 1ul << 31;

    /// <summary>CR4.PAE.</summary>
    public const ulong PhysicalAddressExtension = 1 << 5;

    /// <summary>CR4.LA57.</summary>
    public const ulong FiveLevelPaging = 1 << 12;

    /// <summary>EFER.LME.</summary>
    public const ulong LongModeEnable = 1 << 8;

    /// <summary>EFER.LMA.</summary>
    public const ulong LongModeActive = 1 << 10;
}
