using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Native.Interop;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Debug;

/// <summary>Takes down where a vCPU stands: registers, and the instruction at its instruction pointer. On the vCPU's own thread.</summary>
internal static class FaultReporter
{
    private const int LongestInstruction = 15;
    private const ulong PageMask = GuestMemory.PageSize - 1;

    /// <summary>The state of a vCPU that cannot go on.</summary>
    public static MachineFault Capture(VcpuFd vcpu, GuestMemory memory, IReadOnlyList<string> consoleTail)
    {
        kvm_regs registers = vcpu.GetRegisters();
        kvm_sregs special = vcpu.GetSpecialRegisters();
        byte[] code = ReadCode(vcpu, memory, special.cs.@base + registers.rip);
        return new MachineFault(vcpu.Index, registers, special, code, Disassemble(code, BitnessOf(special), registers.rip), consoleTail);
    }

    /// <summary>16, 32 or 64, from the code segment the CPU is in.</summary>
    internal static int BitnessOf(in kvm_sregs special) => special.cs.l != 0 ? 64 : special.cs.db != 0 ? 32 : 16;

    /// <summary>The first instruction in some bytes, in Intel syntax; null when there are none.</summary>
    internal static string? Disassemble(byte[] code, int bitness, ulong instructionPointer) =>
        code.Length == 0 ? null : Disassembler.FirstInstruction(code, bitness, instructionPointer);

    /// <summary>The bytes of one instruction. GUEST-CONTROLLED: the address is whatever the guest jumped to; what is not RAM ends the read.</summary>
    private static byte[] ReadCode(VcpuFd vcpu, GuestMemory memory, ulong linear)
    {
        byte[] code = new byte[LongestInstruction];
        int length = 0;
        while (length < code.Length)
        {
            ulong address = unchecked(linear + (ulong)length);
            int rest = (int)Math.Min((ulong)(code.Length - length), (PageMask + 1) - (address & PageMask));
            if (!TryRead(vcpu, memory, address, code.AsSpan(length, rest))) break;
            length += rest;
        }

        return code[..length];
    }

    private static bool TryRead(VcpuFd vcpu, GuestMemory memory, ulong linear, Span<byte> destination)
    {
        if (vcpu.Translate(linear) is not { } physical) return false;
        if (!memory.TryLend(physical, destination.Length, out GuestSpan source)) return false;
        using (source) source.Span.CopyTo(destination);
        return true;
    }
}
