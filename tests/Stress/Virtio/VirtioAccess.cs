using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Stress.Virtio;

/// <summary>One thing that a guest does to a virtio device, or the device by itself.</summary>
internal abstract record VirtioAccess
{
    /// <summary>Does it.</summary>
    public abstract void On(VirtioRoom room, IFuzzedDevice device);
}

/// <summary>The guest reads a register.</summary>
internal sealed record RegisterRead(uint Offset, int Width) : VirtioAccess
{
    /// <inheritdoc/>
    public override void On(VirtioRoom room, IFuzzedDevice device) => room.Transport.Read(Offset, stackalloc byte[Width]);
}

/// <summary>The guest writes a register.</summary>
internal sealed record RegisterWrite(uint Offset, int Width, ulong Value) : VirtioAccess
{
    /// <inheritdoc/>
    public override void On(VirtioRoom room, IFuzzedDevice device)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Value);
        room.Transport.Write(Offset, bytes[..Width]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"write 0x{Offset:x3} width {Width} value 0x{Value:x}";
}

/// <summary>The guest sets the device up as it should.</summary>
internal sealed record SoundStart(ulong Features, ushort Size) : VirtioAccess
{
    /// <summary>Where its queue is.</summary>
    public const ulong QueueAt = 0x1000;

    /// <inheritdoc/>
    public override void On(VirtioRoom room, IFuzzedDevice device)
    {
        if (!room.Driver.Negotiate(Features | device.Features | MmioDriver.Version1)) return;
        // All queues in one place: what is good for one is a lie for the others.
        var queue = new DriverQueue(room.Memory, Size, QueueAt, (Features & MmioDriver.EventIndex) != 0);
        for (uint i = 0; i < device.QueueCount; i++) room.Driver.SetUp(i, queue);
        room.Driver.Start();
    }
}

/// <summary>The guest writes to its RAM: a descriptor, an index, or anything.</summary>
internal sealed record RamWrite(ulong Address, byte[] Bytes) : VirtioAccess
{
    /// <inheritdoc/>
    public override void On(VirtioRoom room, IFuzzedDevice device) => room.Memory.Write(new GuestAddress(Address), Bytes);

    /// <inheritdoc/>
    public override string ToString() => $"ram 0x{Address:x} {Convert.ToHexString(Bytes)}";
}

/// <summary>The device works.</summary>
internal sealed record DeviceWork : VirtioAccess
{
    /// <inheritdoc/>
    public override void On(VirtioRoom room, IFuzzedDevice device) => device.Work();
}

/// <summary>The state is taken out and put back.</summary>
internal sealed record Checkpointing : VirtioAccess
{
    /// <inheritdoc/>
    public override void On(VirtioRoom room, IFuzzedDevice device) => room.Transport.Restore(room.Transport.Capture());
}
