using System.Globalization;
using KvmPS.Core.Debug;

namespace KvmPS;

/// <summary>One register of a vCPU, or a part of one, by name.</summary>
public sealed class KvmRegister
{
    internal KvmRegister(KvmVM vm, int index, Register register, in CpuRegisters registers)
    {
        VMName = vm.Name;
        Index = index;
        Name = register.Name;
        Bits = register.Bits;
        Value = register.Read(registers);
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The number of the vCPU.</summary>
    public int Index { get; }

    /// <summary>The register's name.</summary>
    public string Name { get; }

    /// <summary>Its value.</summary>
    public ulong Value { get; }

    /// <summary>Its width in bits.</summary>
    public int Bits { get; }

    /// <summary>Name and value, in hexadecimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}=0x{Value:x}");
}
