using KvmPS.Native.Interop;

namespace KvmPS.Core.Machine;

/// <summary>Where a vCPU was when it could not go on.</summary>
/// <param name="VcpuIndex">The vCPU.</param>
/// <param name="Registers">Its general registers.</param>
/// <param name="SpecialRegisters">Its segments and control registers.</param>
/// <param name="InstructionBytes">The bytes at the instruction pointer, at most 15; empty when they are not in RAM.</param>
/// <param name="Instruction">The instruction, disassembled; null when its bytes are not in RAM.</param>
/// <param name="ConsoleTail">The last lines of the console, oldest first.</param>
public sealed record MachineFault(
    int VcpuIndex,
    kvm_regs Registers,
    kvm_sregs SpecialRegisters,
    ReadOnlyMemory<byte> InstructionBytes,
    string? Instruction,
    IReadOnlyList<string> ConsoleTail)
{
    /// <summary>The instruction pointer, as an offset into the code segment.</summary>
    public ulong InstructionPointer => Registers.rip;
}
