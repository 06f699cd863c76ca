using System.Buffers.Binary;
using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Stress.Fuzz;

/// <summary>One thing that a guest, or the host, does to the devices.</summary>
internal abstract record DeviceAccess
{
    /// <summary>Does it.</summary>
    public abstract void On(DeviceRoom room);
}

/// <summary>An address on one of the buses.</summary>
/// <param name="IsMmio">Whether it is a physical address, and not a port.</param>
/// <param name="Address">The port or address.</param>
internal readonly record struct BusAddress(bool IsMmio, ulong Address)
{
    /// <summary>The bus.</summary>
    public Bus Of(DeviceRoom room) => IsMmio ? room.Mmio : room.Ports;

    /// <summary>A neighbour, or what wraps around to one.</summary>
    public BusAddress Plus(long distance) => this with { Address = IsMmio ? unchecked(Address + (ulong)distance) : unchecked((ushort)(Address + (ulong)distance)) };

    /// <inheritdoc/>
    public override string ToString() => $"{(IsMmio ? "mmio" : "port")} 0x{Address:x}";
}

/// <summary>The guest reads.</summary>
internal sealed record ReadAccess(BusAddress At, int Width) : DeviceAccess
{
    /// <inheritdoc/>
    public override void On(DeviceRoom room) => At.Of(room).Read(At.Address, stackalloc byte[Width]);
}

/// <summary>The guest writes the low bytes of a value.</summary>
internal sealed record WriteAccess(BusAddress At, int Width, ulong Value) : DeviceAccess
{
    /// <inheritdoc/>
    public override void On(DeviceRoom room)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Value);
        At.Of(room).Write(At.Address, bytes[..Width]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"write {At} width {Width} value 0x{Value:x}";
}

/// <summary>The guest's <c>rep ins</c> or <c>rep outs</c>, of bytes that follow from a seed.</summary>
internal sealed record RepeatedAccess(BusAddress At, int Width, int Bytes, bool IsWrite, int Seed) : DeviceAccess
{
    /// <inheritdoc/>
    public override void On(DeviceRoom room)
    {
        byte[] data = new byte[Bytes];
        new Random(Seed).NextBytes(data);
        if (IsWrite) At.Of(room).WriteRepeated(At.Address, Width, data);
        else At.Of(room).ReadRepeated(At.Address, Width, data);
    }
}

/// <summary>The guest writes to its RAM what a device may be told to read.</summary>
internal sealed record PlantAccess(ulong Address, byte[] Bytes) : DeviceAccess
{
    /// <inheritdoc/>
    public override void On(DeviceRoom room) => room.Memory.Write(new GuestAddress(Address), Bytes);

    /// <inheritdoc/>
    public override string ToString() => $"plant 0x{Address:x} {Convert.ToHexString(Bytes)}";
}

/// <summary>The host types.</summary>
internal sealed record TypeAccess(int Bytes) : DeviceAccess
{
    /// <inheritdoc/>
    public override void On(DeviceRoom room) => room.Type(new byte[Bytes]);
}

/// <summary>The machine is reset.</summary>
internal sealed record ResetAccess : DeviceAccess
{
    /// <inheritdoc/>
    public override void On(DeviceRoom room) => room.Reset();
}
