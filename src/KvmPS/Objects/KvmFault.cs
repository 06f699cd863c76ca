using System.Globalization;
using KvmPS.Core.Machine;
using KvmPS.Native.Interop;

namespace KvmPS;

/// <summary>Where a vCPU stood when it could not go on: the instruction, the registers, and the console's last lines.</summary>
public sealed class KvmFault
{
    internal KvmFault(MachineFault fault)
    {
        VcpuIndex = fault.VcpuIndex;
        InstructionPointer = fault.InstructionPointer;
        Instruction = fault.Instruction;
        InstructionBytes = fault.InstructionBytes.ToArray();
        Registers = Describe(fault.Registers, fault.SpecialRegisters);
        ConsoleTail = [.. fault.ConsoleTail];
    }

    /// <summary>The vCPU.</summary>
    public int VcpuIndex { get; }

    /// <summary>RIP, as an offset into the code segment.</summary>
    public ulong InstructionPointer { get; }

    /// <summary>The instruction in Intel syntax; null when its bytes are not in RAM.</summary>
    public string? Instruction { get; }

    /// <summary>The bytes at the instruction pointer, at most 15.</summary>
    public byte[] InstructionBytes { get; }

    /// <summary>General, control and code-segment registers by name, in hexadecimal, in the order in which people read them.</summary>
    public IReadOnlyDictionary<string, string> Registers { get; }

    /// <summary>The last lines of the console, oldest first, at most 20.</summary>
    public string[] ConsoleTail { get; }

    /// <summary>The instruction and its address.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Instruction ?? "(not in RAM)"} at 0x{InstructionPointer:x}");

    private static OrderedDictionary<string, string> Describe(kvm_regs general, kvm_sregs special)
    {
        var registers = new OrderedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        void Add(string name, ulong value) => registers.Add(name, value.ToString("x16", CultureInfo.InvariantCulture));
        foreach (System.Reflection.FieldInfo field in typeof(kvm_regs).GetFields()) Add(field.Name, (ulong)field.GetValue(general)!);
        Add("cr0", special.cr0);
        Add("cr2", special.cr2);
        Add("cr3", special.cr3);
        Add("cr4", special.cr4);
        Add("efer", special.efer);
        Add("cs", special.cs.selector);
        Add("cs.base", special.cs.@base);
        return registers;
    }
}
