using System.Globalization;

namespace KvmPS;

/// <summary>A copy of some of a machine's RAM, shown as a hexadecimal dump.</summary>
public sealed class KvmMemoryBlock
{
    internal KvmMemoryBlock(KvmVM vm, ulong address, byte[] bytes)
    {
        VMName = vm.Name;
        Address = address;
        Bytes = bytes;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The physical address of the first byte.</summary>
    public ulong Address { get; }

    /// <summary>How many bytes there are.</summary>
    public int Length => Bytes.Length;

    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; }

    /// <summary>Address and length.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Length} bytes at 0x{Address:x}");
}
