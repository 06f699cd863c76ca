using System.Runtime.InteropServices;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>An entry of a descriptor table, as the driver writes it [virtio-1.2 §2.7.5].</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Descriptor(ulong Address, uint Length, ushort Flags, ushort Next)
{
    /// <summary>Bytes of an entry.</summary>
    public const uint Size = 16;

    private const ushort NextFlag = 1;
    private const ushort WriteFlag = 2;
    private const ushort IndirectFlag = 4;

    /// <summary>Whether the chain goes on at <see cref="Next"/>.</summary>
    public bool HasNext => (Flags & NextFlag) != 0;

    /// <summary>Whether the device writes the buffer, and does not read it.</summary>
    public bool IsWritable => (Flags & WriteFlag) != 0;

    /// <summary>Whether the buffer is a table of descriptors.</summary>
    public bool IsIndirect => (Flags & IndirectFlag) != 0;
}
