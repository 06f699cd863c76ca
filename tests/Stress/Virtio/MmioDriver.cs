using System.Buffers.Binary;
using KvmPS.Core.Devices;

namespace KvmPS.Stress.Virtio;

/// <summary>A driver of a device behind virtio-mmio: finds it, agrees on features and sets it up by the same accesses, in the same order, as Linux does.</summary>
/// <param name="device">The registers.</param>
internal sealed class MmioDriver(IBusDevice device)
{
    /// <summary>VIRTIO_F_INDIRECT_DESC.</summary>
    public const ulong IndirectDescriptors = 1ul << 28;

    /// <summary>VIRTIO_F_EVENT_IDX.</summary>
    public const ulong EventIndex = 1ul << 29;

    /// <summary>VIRTIO_F_VERSION_1.</summary>
    public const ulong Version1 = 1ul << 32;

    /// <summary>VIRTIO_F_RING_RESET.</summary>
    public const ulong RingReset = 1ul << 40;

    /// <summary>ACKNOWLEDGE, and so on.</summary>
    public const uint Acknowledge = 1, Driver = 2, DriverOk = 4, FeaturesOk = 8, NeedsReset = 64, Failed = 128;

    /// <summary>The device status.</summary>
    public uint Status
    {
        get => Read(0x070);
        set => Write(0x070, value);
    }

    /// <summary>What the device offers.</summary>
    public ulong Offered
    {
        get
        {
            Write(0x014, 1);
            ulong high = Read(0x010);
            Write(0x014, 0);
            return (high << 32) | Read(0x010);
        }
    }

    /// <summary>Whether the device has given up on this driver.</summary>
    public bool IsBroken => (Status & NeedsReset) != 0;

    /// <summary>Reads a register.</summary>
    public uint Read(uint register)
    {
        Span<byte> data = stackalloc byte[4];
        device.Read(register, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    /// <summary>Writes a register.</summary>
    public void Write(uint register, uint value)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        device.Write(register, data);
    }

    /// <summary>From nothing to FEATURES_OK. False when the device is none, or refuses the features.</summary>
    public bool Negotiate(ulong features)
    {
        if (Read(0x000) != 0x7472_6976 || Read(0x004) != 2 || Read(0x008) == 0) return false;
        Status = 0;
        Status |= Acknowledge;
        Status |= Driver;
        WriteFeatures(features);
        Status |= FeaturesOk;
        return (Status & FeaturesOk) != 0;
    }

    /// <summary>Says which features the driver takes.</summary>
    public void WriteFeatures(ulong features)
    {
        Write(0x024, 1);
        Write(0x020, (uint)(features >> 32));
        Write(0x024, 0);
        Write(0x020, (uint)features);
    }

    /// <summary>Tells the device where a queue is. False when there is no such queue, it is in use, or it did not become ready.</summary>
    public bool SetUp(uint number, DriverQueue queue)
    {
        Write(0x030, number);
        if (Read(0x044) != 0 || Read(0x034) < queue.Size) return false;
        SetUp(queue.Size, queue.Table, queue.Available, queue.Used);
        return Read(0x044) == 1;
    }

    /// <summary>Tells the device where the selected queue is, whatever it is.</summary>
    public void SetUp(uint size, ulong table, ulong available, ulong used)
    {
        Write(0x038, size);
        Write(0x080, (uint)table);
        Write(0x084, (uint)(table >> 32));
        Write(0x090, (uint)available);
        Write(0x094, (uint)(available >> 32));
        Write(0x0A0, (uint)used);
        Write(0x0A4, (uint)(used >> 32));
        Write(0x044, 1);
    }

    /// <summary>Sets the device off.</summary>
    public void Start() => Status |= DriverOk;

    /// <summary>Rings for a queue.</summary>
    public void Notify(uint queue) => Write(0x050, queue);

    /// <summary>What an interrupt handler does first: looks at what it is for and acknowledges it.</summary>
    public uint TakeInterrupt()
    {
        uint status = Read(0x060);
        if (status != 0) Write(0x064, status);
        return status;
    }
}
