using System.Globalization;
using static KvmPS.Core.Cpu.ControlBits;

namespace KvmPS.Core.Debug;

/// <summary>
/// Refuses what KVM would take and the CPU would not: with such a value the next entry fails, and the machine with it
/// [sdm 3C §27.3.1].
/// </summary>
internal static class RegisterRules
{
    private const ulong ReservedFlags = 0xFFFF_FFFF_FFC0_8028; // bits 3, 5, 15 and 22 upwards
    private const ulong ReservedAccessRights = 0xF00;
    private const ulong DefinedCr0 = 0xE005_003F; // PE MP EM TS ET NE, WP, AM, NW CD PG
    private const ulong ChangeableEfer = 0xD01; // SCE, LME, LMA, NXE: the others depend on the CPU
    private const int FourLevelWidth = 48;
    private const int FiveLevelWidth = 57;

    /// <summary>What is wrong with a value that a register is to get; null when nothing is.</summary>
    /// <param name="register">The register.</param>
    /// <param name="value">Its new value.</param>
    /// <param name="before">All registers as they are.</param>
    /// <param name="after">All registers with that value.</param>
    public static string? Problem(Register register, ulong value, in CpuRegisters before, in CpuRegisters after)
    {
        if (value > register.Maximum) return Say($"{register.Name} has {register.Bits} bits: 0x{value:x} does not fit.");
        return register.Rule switch
        {
            RegisterRule.Flags => FlagsProblem(after),
            RegisterRule.Canonical when !IsCanonical(value, after) => Say($"{register.Name} cannot be 0x{value:x}: the address is not canonical."),
            RegisterRule.Lower32 when value > uint.MaxValue => Say($"{register.Name} cannot be 0x{value:x}: the upper 32 bits of this base are always zero."),
            RegisterRule.AccessRights when (value & ReservedAccessRights) != 0 => Say($"{register.Name} cannot be 0x{value:x}: bits 8 to 11 are reserved."),
            RegisterRule.Cr0 => Cr0Problem(value),
            RegisterRule.Efer when ((value ^ before.Special.efer) & ~ChangeableEfer) != 0 =>
                Say($"{register.Name} cannot be 0x{value:x}: only the bits SCE, LME, LMA and NXE can change."),
            _ => null,
        };
    }

    /// <summary>What is wrong with the instruction pointer in the mode that the CPU is in.</summary>
    public static string? InstructionPointerProblem(in CpuRegisters after)
    {
        ulong rip = after.General.rip;
        if (after.Mode == ExecutionMode.Long) return IsCanonical(rip, after) ? null : Say($"Rip cannot be 0x{rip:x}: the address is not canonical.");
        return rip <= uint.MaxValue ? null : Say($"Rip cannot be 0x{rip:x} in {after.Mode} mode: it has 32 bits there.");
    }

    private static string? FlagsProblem(in CpuRegisters after)
    {
        ulong flags = after.General.rflags;
        if ((flags & ReservedFlags) != 0) return Say($"Rflags cannot be 0x{flags:x}: bits 0x{flags & ReservedFlags:x} are reserved.");
        if ((flags & Virtual8086Flag) != 0 && after.Mode is not ExecutionMode.Virtual8086) return $"The flag VM cannot be set in {after.Mode} mode.";
        return null;
    }

    /// <summary>Kernels before 6.5 take CR0 unseen [sdm 3A §2.5].</summary>
    private static string? Cr0Problem(ulong value)
    {
        if ((value & ~DefinedCr0) != 0) return Say($"Cr0 cannot be 0x{value:x}: bits 0x{value & ~DefinedCr0:x} are reserved.");
        if ((value & (Paging | ProtectionEnable)) == Paging) return Say($"Cr0 cannot be 0x{value:x}: PG needs PE.");
        return (value & (NotWriteThrough | CacheDisable)) == NotWriteThrough ? Say($"Cr0 cannot be 0x{value:x}: NW needs CD.") : null;
    }

    private static bool IsCanonical(ulong address, in CpuRegisters registers)
    {
        int shift = 64 - ((registers.Special.cr4 & FiveLevelPaging) != 0 ? FiveLevelWidth : FourLevelWidth);
        return (ulong)((long)(address << shift) >> shift) == address;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
