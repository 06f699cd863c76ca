using KvmPS.Core.Block;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Core.Devices.Virtio.Console;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Stress.Virtio;

/// <summary>The echo, which works when it is told to: a case is the same each time.</summary>
internal sealed class FuzzedEcho : IFuzzedDevice
{
    private readonly EchoDevice _echo = new(isThreaded: false, 64, 4);

    /// <inheritdoc/>
    public IVirtioDevice Device => _echo;

    /// <inheritdoc/>
    public uint QueueCount => 1;

    /// <inheritdoc/>
    public ulong Features => 0;

    /// <inheritdoc/>
    public void Work() => _echo.Work();

    /// <inheritdoc/>
    public bool Serves(VirtioRoom room)
    {
        var queue = new DriverQueue(room.Memory, 8, SoundStart.QueueAt);
        if (!room.Driver.SetUp(0, queue)) return false;
        room.Driver.Start();
        queue.AddIndirect(0x4000, new DriverBuffer(0x8000, 8), new DriverBuffer(0x9000, 8, IsWritable: true));
        queue.Publish();
        _echo.Work();
        return queue.TryTake(out _, out uint written) && written == 8;
    }

    /// <inheritdoc/>
    public void Dispose() => _echo.Dispose();
}

/// <summary>The source of random bytes.</summary>
internal sealed class FuzzedEntropy : IFuzzedDevice
{
    /// <inheritdoc/>
    public IVirtioDevice Device { get; } = new VirtioEntropy("rng0");

    /// <inheritdoc/>
    public uint QueueCount => 1;

    /// <inheritdoc/>
    public ulong Features => 0;

    /// <inheritdoc/>
    public void Work() => Thread.Yield();

    /// <inheritdoc/>
    public bool Serves(VirtioRoom room) => Threaded.Serves(room, queue: 0, wanted: 8, new DriverBuffer(0x9000, 8, IsWritable: true));

    /// <inheritdoc/>
    public void Dispose() => Device.Dispose();
}

/// <summary>A console with a channel, which always has something for the guest.</summary>
internal sealed class FuzzedConsole : IFuzzedDevice
{
    private static readonly SerialLogOptions SmallLog = new() { BoundBytes = 1 << 17, ChunkBytes = 1 << 16 };

    private readonly SerialPort[] _ends = [new(TimeProvider.System, SmallLog) { Name = "hvc0", Kind = SerialPortKind.Console }, new(TimeProvider.System, SmallLog) { Name = "files", Kind = SerialPortKind.Channel }];

    /// <summary>A console without a driver.</summary>
    public FuzzedConsole()
    {
        ConsolePort[] ports = [.. _ends.Select(static end => new ConsolePort(end.Name, end, end))];
        Device = new VirtioConsole("console0", ports);
        for (int i = 0; i < ports.Length; i++)
        {
            _ends[i].Connect(ports[i]);
            _ends[i].WriteInput(new byte[4096]);
        }
    }

    /// <inheritdoc/>
    public IVirtioDevice Device { get; }

    /// <inheritdoc/>
    public uint QueueCount => (uint)Device.QueueSizes.Count;

    /// <inheritdoc/>
    public ulong Features => ConsoleFeature.MultiPort | ConsoleFeature.Size;

    /// <inheritdoc/>
    public void Work() => _ends[0].SetWindow(80, 25);

    /// <inheritdoc/>
    public bool Serves(VirtioRoom room)
    {
        long before = _ends[0].Log.TotalBytes;
        return Threaded.Serves(room, queue: 1, wanted: 0, new DriverBuffer(0x9000, 8)) && _ends[0].Log.TotalBytes == before + 8;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Device.Dispose();
        foreach (SerialPort end in _ends) end.Dispose();
    }
}

/// <summary>A disk of two queues and 64 KiB in memory, which can do all that a disk can.</summary>
internal sealed class FuzzedDisk : IFuzzedDevice
{
    private const uint Header = 16;
    private const uint Sector = 512;

    private readonly MemoryDisk _contents = new(128 * Sector);

    /// <summary>A disk without a driver.</summary>
    public FuzzedDisk() => Device = new VirtioBlock(new VirtioBlockOptions { QueueCount = 2, QueueSize = 64 }, _contents, TimeProvider.System);

    /// <inheritdoc/>
    public IVirtioDevice Device { get; }

    /// <inheritdoc/>
    public uint QueueCount => (uint)Device.QueueSizes.Count;

    /// <inheritdoc/>
    public ulong Features => Device.Features;

    /// <inheritdoc/>
    public void Work() => Thread.Yield();

    /// <inheritdoc/>
    public bool Serves(VirtioRoom room)
    {
        room.Memory.Write(new GuestAddress(0x8000), new byte[Header]); // a read of the first sector
        room.Memory.Write(new GuestAddress(0x9000 + Sector), byte.MaxValue);
        return Threaded.Serves(room, queue: 0, wanted: Sector + 1, new DriverBuffer(0x8000, Header), new DriverBuffer(0x9000, Sector + 1, IsWritable: true))
            && room.Memory.Read<byte>(new GuestAddress(0x9000 + Sector)) == (byte)BlockStatus.Ok;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Device.Dispose();
        _contents.Dispose();
    }
}

/// <summary>An honest driver of a device that works by itself.</summary>
file static class Threaded
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static bool Serves(VirtioRoom room, uint queue, uint wanted, params DriverBuffer[] buffers)
    {
        var ring = new DriverQueue(room.Memory, 8, SoundStart.QueueAt);
        if (!room.Driver.SetUp(queue, ring)) return false;
        room.Driver.Start();
        ring.AddIndirect(0x4000, buffers);
        ring.Publish();
        room.Driver.Notify(queue);
        uint written = 0;
        return SpinWait.SpinUntil(() => ring.TryTake(out _, out written), Patience) && written == wanted;
    }
}
