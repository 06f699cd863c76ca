using KvmPS.Core.Boot;
using KvmPS.Core.Host;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Guests that go wrong: where the CPU stood, what it could not do, and what the console said last.</summary>
[Collection(nameof(GuestCollection))]
public sealed class FaultTests
{
    [KvmFact]
    public void A_triple_fault_names_the_instruction()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("triple"));

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.TripleFault, exit.Reason);
        Assert.NotNull(exit.Fault);
        Assert.Equal(0x1030ul, exit.Fault.InstructionPointer);
        Assert.Equal("ud2", exit.Fault.Instruction);
        Assert.Equal(0x0B0Fu, BitConverter.ToUInt16(exit.Fault.InstructionBytes.Span));
        Assert.Equal(1ul, exit.Fault.SpecialRegisters.cr0 & 1);
    }

    [KvmFact]
    public void An_emulation_failure_names_the_instruction()
    {
        Assert.SkipUnless(HostFacts.Read().VendorModule == "kvm_pvm", "Hardware runs the instruction that this needs to fail.");
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("emulfail"));

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.EmulationFailure, exit.Reason);
        Assert.NotNull(exit.Fault);
        Assert.Equal(0x1003ul, exit.Fault.InstructionPointer);
        Assert.Equal("popcnt ax,cx", exit.Fault.Instruction);
        Assert.Equal(0xFFul, exit.Fault.Registers.rcx & 0xFFFF);
        Assert.Equal(MachineState.Failed, machine.State);
    }

    [KvmFact]
    public void A_fault_carries_the_last_lines_of_the_console()
    {
        // Two lines, the second without its end; then a fault in protected mode, with no interrupt table to handle it.
        byte[] code =
        [
            0xBA, 0xF8, 0x03, // mov dx, 0x3f8
            0xB0, (byte)'a', 0xEE, 0xB0, (byte)'\n', 0xEE, // "a\n"
            0xB0, (byte)'b', 0xEE, // "b"
            0xB8, 0x00, 0x00, 0x8E, 0xD8, // mov ax, 0; mov ds, ax
            0x0F, 0x01, 0x16, 0x00, 0x20, 0x0F, 0x01, 0x1E, 0x00, 0x20, // lgdt, lidt [0x2000]: all of it is zero, no entries
            0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0, // cr0 |= PE
            0x0F, 0x0B, // ud2
        ];
        using VirtualMachine machine = GuestMachine.Of(new CodeBoot(code, CpuMode.Real, MemoryLayout.RawCode));

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.TripleFault, exit.Reason);
        Assert.Equal(["a", "b"], exit.Fault!.ConsoleTail);
    }

    [KvmFact]
    public void A_jump_out_of_RAM_is_reported_without_an_instruction()
    {
        byte[] code = [0xB8, 0x00, 0x00, 0x00, 0x90, 0xFF, 0xE0]; // mov eax, 0x90000000; jmp eax
        using VirtualMachine machine = GuestMachine.Of(new CodeBoot(code, CpuMode.Protected, MemoryLayout.RawCode));

        MachineExit exit = machine.Run();

        Assert.True(exit.Reason is ExitReason.EmulationFailure or ExitReason.InternalError or ExitReason.TripleFault, exit.Message);
        Assert.NotNull(exit.Fault);
        Assert.Equal(0x9000_0000ul, exit.Fault.InstructionPointer);
        Assert.Null(exit.Fault.Instruction);
    }
}
