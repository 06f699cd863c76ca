using System.Globalization;
using KvmPS.Core.Debug;

namespace KvmPS;

/// <summary>One instruction of a guest, disassembled.</summary>
public sealed class KvmInstruction
{
    internal KvmInstruction(KvmVM vm, int index, CodeLine line, ulong instructionPointer)
    {
        VMName = vm.Name;
        Index = index;
        Address = line.Address;
        Bytes = line.Bytes.ToArray();
        Text = line.Text;
        IsCurrent = line.Address == instructionPointer;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The number of the vCPU through whose eyes the code was read.</summary>
    public int Index { get; }

    /// <summary>Where the instruction is: a virtual address, as an offset into the code segment, like RIP.</summary>
    public ulong Address { get; }

    /// <summary>Its bytes.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many there are.</summary>
    public int Length => Bytes.Length;

    /// <summary>The instruction in Intel syntax; <c>(bad)</c> when the bytes are none.</summary>
    public string Text { get; }

    /// <summary>Whether the vCPU stands on it: it is the next one to run.</summary>
    public bool IsCurrent { get; }

    /// <summary>The text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Address:x} {Text}");
}
