using System.Globalization;
using KvmPS.Native;

namespace KvmPS.Core.Debug;

/// <summary>Changes the registers of a vCPU all together, on the vCPU's own thread.</summary>
internal static class RegisterWriter
{
    /// <summary>Sets the values, or leaves everything as it was and says why.</summary>
    public static string? Apply(VcpuFd vcpu, IReadOnlyDictionary<Register, ulong> values)
    {
        KeyValuePair<Register, ulong>[] changes = [.. values.OrderBy(static change => RegisterFile.OrderOf(change.Key))];
        CpuRegisters before = Read(vcpu);
        CpuRegisters after = before;
        foreach ((Register register, ulong value) in changes) register.Write(ref after, value);
        string? problem = changes.Select(change => RegisterRules.Problem(change.Key, change.Value, before, after)).FirstOrDefault(static found => found is not null);
        if ((problem ?? RegisterRules.InstructionPointerProblem(after)) is { } wrong) return wrong;

        bool isGeneral = changes.Any(static change => change.Key.IsGeneral);
        bool isSpecial = changes.Any(static change => !change.Key.IsGeneral);
        string? refusal = Write(vcpu, after, isGeneral, isSpecial) ?? Difference(changes, Read(vcpu), after);
        if (refusal is null) return null;
        return Write(vcpu, before, isGeneral, isSpecial) is { } stuck ? $"{refusal} And the old values could not be put back. {stuck}" : refusal;
    }

    private static CpuRegisters Read(VcpuFd vcpu) => new() { General = vcpu.GetRegisters(), Special = vcpu.GetSpecialRegisters() };

    /// <summary>Writes what changes, that which KVM checks first; says when it refuses.</summary>
    private static string? Write(VcpuFd vcpu, in CpuRegisters registers, bool isGeneral, bool isSpecial)
    {
        try
        {
            if (isSpecial) vcpu.SetSpecialRegisters(registers.Special);
            if (isGeneral) vcpu.SetRegisters(registers.General);
            return null;
        }
        catch (KvmException refused)
        {
            return $"KVM does not take these values together: {refused.Message} Reserved bits are zero, and Cr0, Cr3, Cr4 and Efer fit each other.";
        }
    }

    /// <summary>KVM keeps some bits as they are without a word: then the register does not read back as it was written.</summary>
    private static string? Difference(KeyValuePair<Register, ulong>[] changes, in CpuRegisters held, in CpuRegisters wanted)
    {
        foreach ((Register register, _) in changes)
        {
            ulong value = register.Read(held);
            if (value == register.Read(wanted)) continue;
            return string.Create(CultureInfo.InvariantCulture, $"KVM makes 0x{value:x} of 0x{register.Read(wanted):x} in {register.Name}.");
        }

        return null;
    }
}
