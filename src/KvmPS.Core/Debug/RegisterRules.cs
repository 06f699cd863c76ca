using System.Globalization;

namespace KvmPS.Core.Debug;

/// <summary>
/// Refuses what KVM would take and the CPU would not: with such a value the next entry fails, and the machine with it
/// [sdm 3C §27.3.1].
/// </summary>
internal static class RegisterRules
{
    private const ulong ReservedFlags = 0xFFFF_FFFF_FFC0_8028; // bits 3, 5, 15 and 22 upwards
    private const ulong Virtual8086Flag = 1 << 17;
    private const ulong FiveLevelPaging = 1 << 12; // CR4.LA57
    private const ulong ReservedAccessRights = 0xF00;
    private const int FourLevelWidth = 48;
    private const int FiveLevelWidth = 57;

    /// <summary>What is wrong with a value that a register is to get; null when nothing is.</summary>
    /// <param name="register">The register.</param>
    /// <param name="value">Its new value.</param>
    /// <param name="after">All registers with that value.</param>
    public static string? Problem(Register register, ulong value, in CpuRegisters after)
    {
        if (value > register.Maximum) return Say($"{register.Name} has {register.Bits} bits: 0x{value:x} does not fit.");
        return register.Rule switch
        {
            RegisterRule.Flags => FlagsProblem(after),
            RegisterRule.Canonical when !IsCanonical(value, after) => Say($"{register.Name} cannot be 0x{value:x}: the address is not canonical."),
            RegisterRule.Lower32 when value > uint.MaxValue => Say($"{register.Name} cannot be 0x{value:x}: the upper 32 bits of this base are always zero."),
            RegisterRule.AccessRights when (value & ReservedAccessRights) != 0 => Say($"{register.Name} cannot be 0x{value:x}: bits 8 to 11 are reserved."),
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

    private static bool IsCanonical(ulong address, in CpuRegisters registers)
    {
        int shift = 64 - ((registers.Special.cr4 & FiveLevelPaging) != 0 ? FiveLevelWidth : FourLevelWidth);
        return (ulong)((long)(address << shift) >> shift) == address;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
