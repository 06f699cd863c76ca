using KvmPS.Core.Boot;
using KvmPS.Core.Debug;
using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Tests.Guests;
using Xunit;

namespace KvmPS.Tests.Debug;

/// <summary>Registers and code of machines in every state, and a guest that goes on with what was set.</summary>
[Collection(nameof(GuestCollection))]
public sealed class GuestInspectorTests
{
    /// <summary><c>1000 jmp $</c>, and <c>1002 out 0xf4, al</c>, which only a changed instruction pointer reaches.</summary>
    private static readonly byte[] SpinOrExit = [0xEB, 0xFE, 0xE6, 0xF4];

    [KvmFact]
    public void A_paused_machine_tells_its_registers_and_goes_on_with_those_that_are_set()
    {
        using VirtualMachine machine = Paused(SpinOrExit);
        CpuRegisters before = GuestInspector.ReadRegisters(machine, 0);
        Assert.Equal((0x1000ul, ExecutionMode.Real), (before.General.rip, before.Mode));

        Set(machine, ("Rip", 0x1002), ("Rax", 0x1234_5678), ("Al", 21));

        CpuRegisters after = GuestInspector.ReadRegisters(machine, 0);
        Assert.Equal((0x1002ul, 0x1234_5615ul), (after.General.rip, after.General.rax));
        machine.Resume();
        Assert.Equal((ExitReason.DebugExit, 43), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
    }

    [KvmFact]
    public void Special_registers_can_be_set_with_the_general_ones()
    {
        using VirtualMachine machine = Paused(SpinOrExit);

        Set(machine, ("Cr2", 0x1234), ("Fs", 0x2000), ("Gdt.Limit", 0x7F), ("ZF", 1), ("R15", 15));

        CpuRegisters after = GuestInspector.ReadRegisters(machine, 0);
        Assert.Equal((0x1234ul, (ushort)0x2000, 0x20000ul), (after.Special.cr2, after.Special.fs.selector, after.Special.fs.@base));
        Assert.Equal(((ushort)0x7F, 0x42ul, 15ul), (after.Special.gdt.limit, after.General.rflags & 0x42, after.General.r15));
    }

    [KvmTheory]
    [InlineData("Cr4", ulong.MaxValue)] // KVM refuses it
    [InlineData("Efer", 0x500ul)] // and this: long mode without paging
    [InlineData("Rip", 0x8000_0000_0000_0000ul)] // the rules refuse it
    [InlineData("ApicBase", ulong.MaxValue)]
    public void What_is_refused_changes_nothing(string name, ulong value)
    {
        using VirtualMachine machine = Paused(SpinOrExit);

        InspectionException refused = Assert.Throws<InspectionException>(() => Set(machine, ("Rax", 99), ("Cr2", 99), (name, value)));

        Assert.Equal(InspectionFailure.RegisterRefused, refused.Failure);
        CpuRegisters after = GuestInspector.ReadRegisters(machine, 0);
        Assert.Equal((0ul, 0ul, 0x1000ul), (after.General.rax, after.Special.cr2, after.General.rip));
        Set(machine, ("Rip", 0x1002));
        machine.Resume();
        Assert.Equal((ExitReason.DebugExit, 1), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
    }

    [KvmFact]
    public void A_running_machine_has_to_be_paused_first()
    {
        using VirtualMachine machine = Started(SpinOrExit);

        Assert.Equal(InspectionFailure.Running, Failure(() => GuestInspector.ReadRegisters(machine, 0)));
        Assert.Equal(InspectionFailure.Running, Failure(() => Set(machine, ("Rax", 1))));
        Assert.Equal(InspectionFailure.Running, Failure(() => GuestInspector.Disassemble(machine, 0, null, null, 1)));
    }

    [KvmFact]
    public void A_machine_that_ended_keeps_its_registers_and_nothing_else()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("mode-long", CpuMode.Long));
        Assert.Equal(InspectionFailure.NeverStarted, Failure(() => GuestInspector.ReadRegisters(machine, 0)));

        machine.Run();

        CpuRegisters last = GuestInspector.ReadRegisters(machine, 0);
        Assert.Equal((ExecutionMode.Long, 0x500ul), (last.Mode, last.Special.efer & 0x500));
        Assert.Equal(machine.Vcpus[0].SampleRegisters().rip, last.General.rip);
        Assert.Equal(InspectionFailure.Off, Failure(() => Set(machine, ("Rax", 1))));
        Assert.Equal(InspectionFailure.Off, Failure(() => GuestInspector.Disassemble(machine, 0, null, null, 1)));
        Assert.Equal(InspectionFailure.Off, Failure(() => MemoryAccess.Read(machine, new GuestAddress(0), 1)));
    }

    [KvmFact]
    public void Each_vCPU_has_registers_of_its_own()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"), interruptController: true, vcpus: 2);
        machine.Start();
        machine.Pause();

        GuestInspector.WriteRegisters(machine, 1, new Dictionary<Register, ulong> { [RegisterFile.Find("Rbx")!] = 7 });

        Assert.Equal((0ul, 7ul), (GuestInspector.ReadRegisters(machine, 0).General.rbx, GuestInspector.ReadRegisters(machine, 1).General.rbx));
    }

    [KvmTheory]
    [InlineData(CpuMode.Real, "mov ax,1234h", 3)]
    [InlineData(CpuMode.Protected, "mov eax,90901234h", 5)]
    [InlineData(CpuMode.Long, "mov eax,90901234h", 5)]
    public void Code_is_read_in_the_mode_of_the_vCPU(CpuMode mode, string text, int length)
    {
        using VirtualMachine machine = Paused([0xEB, 0xFE, 0xB8, 0x34, 0x12, 0x90, 0x90, 0x48, 0x31, 0xC0], mode);

        CodeListing listing = GuestInspector.Disassemble(machine, 0, null, null, 2);

        Assert.Equal([(0x1000ul, 2), (0x1002ul, length)], listing.Lines.Select(static line => (line.Address, line.Bytes.Length)));
        Assert.Equal((text, 0x1000ul), (listing.Lines[1].Text, listing.InstructionPointer));
        Assert.Equal(["xor rax,rax"], GuestInspector.Disassemble(machine, 0, 0x1007, 64, 1).Lines.Select(static line => line.Text));
    }

    [KvmFact]
    public void Code_goes_on_across_a_page_and_ends_with_the_RAM()
    {
        using VirtualMachine machine = Paused(SpinOrExit, CpuMode.Protected);
        const ulong end = 16ul << 20;
        MemoryAccess.Write(machine, new GuestAddress(0x1FFE), [0xB8, 0x78, 0x56, 0x34, 0x12]);
        MemoryAccess.Write(machine, new GuestAddress(end - 3), [0x90, 0xB8, 0x00]); // nop; the beginning of a mov

        Assert.Equal("mov eax,12345678h", GuestInspector.Disassemble(machine, 0, 0x1FFE, null, 1).Lines[0].Text);
        CodeListing last = GuestInspector.Disassemble(machine, 0, end - 3, null, 5);
        Assert.Equal(["nop"], last.Lines.Select(static line => line.Text));
        Assert.Equal((end - 2, true), (last.End, last.IsMapped));
    }

    [KvmFact]
    public void Code_ends_where_the_page_tables_end()
    {
        using VirtualMachine machine = Paused(SpinOrExit, CpuMode.Long);

        CodeListing listing = GuestInspector.Disassemble(machine, 0, 0xFFFF_FFFF_8100_0000, null, 1);

        Assert.Empty(listing.Lines);
        Assert.False(listing.IsMapped);
    }

    [KvmFact]
    public void What_is_not_paused_any_more_is_told_apart_from_what_never_ran()
    {
        VirtualMachine machine = Paused(SpinOrExit);
        machine.Dispose();

        Assert.Equal(InspectionFailure.Off, Failure(() => Set(machine, ("Rax", 1))));
        Assert.Equal(0x1000ul, GuestInspector.ReadRegisters(machine, 0).General.rip);
    }

    internal static VirtualMachine Started(byte[] code, CpuMode mode = CpuMode.Real)
    {
        VirtualMachine machine = GuestMachine.Of(new CodeBoot(code, mode, MemoryLayout.RawCode));
        machine.Start();
        return machine;
    }

    internal static VirtualMachine Paused(byte[] code, CpuMode mode = CpuMode.Real)
    {
        VirtualMachine machine = Started(code, mode);
        machine.Pause();
        return machine;
    }

    internal static InspectionFailure Failure(Action action) => Assert.Throws<InspectionException>(action).Failure;

    private static void Set(VirtualMachine machine, params (string Name, ulong Value)[] values) =>
        GuestInspector.WriteRegisters(machine, 0, values.ToDictionary(static value => RegisterFile.Find(value.Name)!, static value => value.Value));
}
