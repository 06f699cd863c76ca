using System.Buffers.Binary;
using System.Text;
using KvmPS.Core.Devices.Virtio.Console;
using KvmPS.Core.Serial;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>A machine with a console of a terminal and channels, and its driver.</summary>
internal sealed class ConsoleRoom : IDisposable
{
    /// <summary>VIRTIO_CONSOLE_F_SIZE and VIRTIO_CONSOLE_F_MULTIPORT.</summary>
    public const ulong Size = 1, MultiPort = 2;

    private const ushort QueueSize = 16;
    private const ulong QueueSpacing = 0x1000;
    private const ulong Scratch = 0x8_0000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DriverQueue[] _queues;
    private ulong _scratch = Scratch;

    public ConsoleRoom(params string[] channels)
    {
        Ends = [.. channels.Prepend("hvc0").Select((name, index) => new SerialPort(TimeProvider.System) { Name = name, Kind = index == 0 ? SerialPortKind.Console : SerialPortKind.Channel })];
        ConsolePort[] ports = [.. Ends.Select(static end => new ConsolePort(end.Name, end, end))];
        Device = new VirtioConsole("console0", ports);
        Room = new VirtioRoom(Device);
        for (int i = 0; i < ports.Length; i++) Ends[i].Connect(ports[i]);
        _queues = new DriverQueue[Device.QueueSizes.Count];
    }

    public VirtioConsole Device { get; }

    public VirtioRoom Room { get; }

    /// <summary>The host's ends.</summary>
    public SerialPort[] Ends { get; }

    public MmioDriver Driver => Room.Driver;

    public GuestMemory Memory => Room.Memory;

    public void Dispose()
    {
        Room.Dispose();
        foreach (SerialPort end in Ends) end.Dispose();
    }

    /// <summary>From nothing, or a reset, to a driver that works.</summary>
    public void Start(ulong features = Size | MultiPort)
    {
        Assert.True(Driver.Negotiate(MmioDriver.Version1 | (features & Device.Features)));
        for (uint i = 0; i < _queues.Length; i++)
        {
            _queues[i] = new DriverQueue(Memory, QueueSize, 0x1000 + (i * QueueSpacing));
            Assert.True(Driver.SetUp(i, _queues[i]));
        }

        Driver.Start();
    }

    /// <summary>A buffer that nobody uses.</summary>
    public ulong Allocate(int bytes)
    {
        ulong at = _scratch;
        _scratch += (ulong)((bytes + 15) & ~15);
        Assert.InRange(_scratch, Scratch, VirtioRoom.LowBytes);
        return at;
    }

    /// <summary>Offers a request.</summary>
    public void Offer(int queue, params ReadOnlySpan<DriverBuffer> buffers)
    {
        _queues[queue].Add(buffers);
        _queues[queue].Publish();
        Driver.Notify((uint)queue);
    }

    /// <summary>Waits until a request is done; how many bytes were written into it.</summary>
    public uint Take(int queue)
    {
        uint written = 0;
        Assert.True(SpinWait.SpinUntil(() => _queues[queue].TryTake(out _, out written), Patience), $"Queue {queue} gives nothing back.");
        return written;
    }

    /// <summary>Whether a request has been done.</summary>
    public bool TryTake(int queue) => _queues[queue].TryTake(out _, out _);

    /// <summary>Sends bytes through a queue, and waits until the device has them.</summary>
    public void Send(int queue, ReadOnlySpan<byte> bytes)
    {
        ulong at = Allocate(bytes.Length);
        Memory.Write(new GuestAddress(at), bytes);
        Offer(queue, new DriverBuffer(at, (uint)bytes.Length));
        Take(queue);
    }

    /// <summary>Receives bytes from a queue in one buffer.</summary>
    public byte[] Receive(int queue, int room = 512)
    {
        ulong at = Allocate(room);
        Offer(queue, new DriverBuffer(at, (uint)room, IsWritable: true));
        byte[] bytes = new byte[Take(queue)];
        Memory.Read(new GuestAddress(at), bytes);
        return bytes;
    }

    /// <summary>Tells the device something about a port.</summary>
    public void Tell(uint port, ushort what, ushort value)
    {
        Span<byte> message = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(message, port);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], what);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], value);
        Send(3, message);
    }

    /// <summary>What the device tells next: port, event, value, and the rest as text.</summary>
    public (uint Port, ushort Event, ushort Value, string Tail) Hear()
    {
        byte[] message = Receive(2);
        return (
            BinaryPrimitives.ReadUInt32LittleEndian(message),
            BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(4)),
            BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(6)),
            Encoding.Latin1.GetString(message.AsSpan(8)));
    }

    /// <summary>Sets all ports up as Linux does, and opens those that are named.</summary>
    public void SetUpPorts(params uint[] opened)
    {
        Tell(0, 0, 1);
        for (int i = 0; i < Ends.Length; i++) Hear();
        for (uint port = 0; port < Ends.Length; port++)
        {
            Tell(port, 3, 1);
            Hear();
            Hear();
        }

        foreach (uint port in opened) Tell(port, 6, 1);
    }
}
