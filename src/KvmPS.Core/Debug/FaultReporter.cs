using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Native.Interop;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Debug;

/// <summary>Takes down where a vCPU stands: registers, and the instruction at its instruction pointer. On the vCPU's own thread.</summary>
internal static class FaultReporter
{
    /// <summary>The state of a vCPU that cannot go on.</summary>
    public static MachineFault Capture(VcpuFd vcpu, ReadableMemory memory, IReadOnlyList<string> consoleTail)
    {
        kvm_regs registers = vcpu.GetRegisters();
        kvm_sregs special = vcpu.GetSpecialRegisters();
        byte[] code = CodeReader.Read(vcpu, memory, special, registers.rip, CodeReader.LongestInstruction);
        return new MachineFault(vcpu.Index, registers, special, code, Disassemble(code, CodeReader.BitnessOf(special), registers.rip), consoleTail);
    }

    /// <summary>The first instruction in some bytes, in Intel syntax; null when there are none.</summary>
    private static string? Disassemble(byte[] code, int bitness, ulong instructionPointer) =>
        code.Length == 0 ? null : Disassembler.FirstInstruction(code, bitness, instructionPointer);
}
