using KvmPS.Core.Machine;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Debug;

/// <summary>Looks into a machine from outside: the registers and the code of vCPUs that stand still.</summary>
public static class GuestInspector
{
    /// <summary>The registers of a vCPU of a paused machine, or those that it ended with.</summary>
    /// <exception cref="InspectionException">The machine runs, or the vCPU has never run.</exception>
    public static CpuRegisters ReadRegisters(VirtualMachine machine, int index)
    {
        if (machine.State == MachineState.Running) throw Inspected.Running(machine);
        if (Inspected.Vcpu(machine, index).SampleAllRegisters() is not { } registers)
            throw new InspectionException(InspectionFailure.Off, machine.Config.Name, $"vCPU {index} of machine '{machine.Config.Name}' failed before it could tell its registers.");
        return new CpuRegisters { General = registers.General, Special = registers.Special };
    }

    /// <summary>Changes registers of a vCPU of a paused machine: all of them, or none.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="index">The vCPU.</param>
    /// <param name="values">The registers and what they become; wholes are changed before their parts.</param>
    /// <exception cref="InspectionException">The machine is not paused, or the CPU or KVM takes one of the values not.</exception>
    public static void WriteRegisters(VirtualMachine machine, int index, IReadOnlyDictionary<Register, ulong> values)
    {
        string? problem = Inspected.InvokePaused(machine, index, vcpu => RegisterWriter.Apply(vcpu, values));
        if (problem is not null) throw new InspectionException(InspectionFailure.RegisterRefused, machine.Config.Name, problem);
    }

    /// <summary>Disassembles code as a vCPU of a paused machine sees it: through its code segment and its page tables.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="index">The vCPU.</param>
    /// <param name="address">Where to begin, as an offset into the code segment; null for the instruction pointer.</param>
    /// <param name="bitness">16, 32 or 64; null for the mode that the vCPU is in.</param>
    /// <param name="count">How many instructions.</param>
    /// <exception cref="InspectionException">The machine is not paused.</exception>
    public static CodeListing Disassemble(VirtualMachine machine, int index, ulong? address, int? bitness, int count)
    {
        ReadableMemory memory = Inspected.Memory(machine);
        (CpuRegisters registers, byte[] code) = Inspected.InvokePaused(machine, index, vcpu =>
        {
            var now = new CpuRegisters { General = vcpu.GetRegisters(), Special = vcpu.GetSpecialRegisters() };
            return (now, CodeReader.Read(vcpu, memory, now.Special, address ?? now.General.rip, checked(count * CodeReader.LongestInstruction)));
        });

        var lines = new List<CodeLine>();
        ulong start = address ?? registers.General.rip;
        ulong end = start;
        foreach ((int length, string text) in Disassembler.Instructions(code, bitness ?? registers.Bitness, start, count))
        {
            lines.Add(new CodeLine(end, code.AsMemory((int)unchecked(end - start), length), text));
            end = unchecked(end + (ulong)length);
        }

        bool isMapped = Inspected.InvokePaused(machine, index, vcpu => vcpu.Translate(CodeReader.LinearOf(registers.Special, end)) is not null);
        return new CodeListing(lines, registers.General.rip, end, isMapped);
    }
}
