using System.Buffers.Binary;
using KvmPS.Core.Block;
using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>A request that was sent: where what it brings back will be.</summary>
internal sealed record Sent(int Queue, ushort Head, ulong DataAt, int DataLength, ulong StatusAt);

/// <summary>A range of a discard or write of zeroes.</summary>
internal readonly record struct Extent(ulong Sector, uint Sectors, uint Flags);

/// <summary>A request that ended.</summary>
internal sealed record Ended(BlockStatus Status, uint Written, byte[] Data);

/// <summary>A machine with one disk, and a driver that sends it requests.</summary>
internal sealed class BlockRoom : IDisposable
{
    /// <summary>What a status byte is before the device writes it.</summary>
    public const byte Unwritten = 0xEE;

    private const ushort Entries = 256;
    private const ulong QueuesAt = 0x1000;
    private const ulong QueueBytes = 0x2000;
    private const ulong BuffersAt = 0x40000;

    private readonly Dictionary<(int Queue, uint Head), uint> _ended = [];
    private ulong _free = BuffersAt;

    public BlockRoom(IBlockBackend backend, VirtioBlockOptions? options = null, ulong without = 0, TimeProvider? time = null)
    {
        Disk = new VirtioBlock(options ?? new VirtioBlockOptions { Name = "disk0" }, backend, time ?? TimeProvider.System);
        Disk.ErrorOccurred += (_, error) =>
        {
            lock (Errors) Errors.Add(error);
        };
        Room = new VirtioRoom(Disk);
        Queues = [.. Disk.QueueSizes.Select((_, index) => new DriverQueue(Memory, Entries, QueuesAt + (QueueBytes * (ulong)index), eventIndex: true))];
        Start(without);
    }

    public VirtioBlock Disk { get; }

    public VirtioRoom Room { get; }

    public GuestMemory Memory => Room.Memory;

    public DriverQueue[] Queues { get; }

    public List<DiskError> Errors { get; } = [];

    /// <summary>Negotiates and sets up all queues.</summary>
    public void Start(ulong without = 0)
    {
        Assert.True(Room.Driver.Negotiate(Room.Driver.Offered & ~without));
        for (int i = 0; i < Queues.Length; i++) Assert.True(Room.Driver.SetUp((uint)i, Queues[i]));
        Room.Driver.Start();
    }

    /// <summary>Makes new rings, after a reset.</summary>
    public void Renew()
    {
        for (int i = 0; i < Queues.Length; i++) Renew(i);
    }

    public void Renew(int queue) => Queues[queue] = new DriverQueue(Memory, Entries, QueuesAt + (QueueBytes * (ulong)queue), eventIndex: true);

    /// <summary>Finds room in the guest's RAM.</summary>
    public ulong Place(int length)
    {
        ulong at = _free;
        _free += ((ulong)length + 15) & ~15ul;
        Assert.True(_free <= VirtioRoom.LowBytes);
        return at;
    }

    public ulong Place(ReadOnlySpan<byte> bytes)
    {
        ulong at = Place(bytes.Length);
        Memory.Write(new GuestAddress(at), bytes);
        return at;
    }

    public static byte[] Header(uint type, ulong sector)
    {
        byte[] header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sector);
        return header;
    }

    public static byte[] Ranges(params ReadOnlySpan<Extent> ranges)
    {
        byte[] bytes = new byte[16 * ranges.Length];
        for (int i = 0; i < ranges.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16 * i), ranges[i].Sector);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((16 * i) + 8), ranges[i].Sectors);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((16 * i) + 12), ranges[i].Flags);
        }

        return bytes;
    }

    /// <summary>Sends a request in the usual layout, without waiting.</summary>
    public Sent Send(BlockRequestType type, ulong sector, ReadOnlySpan<byte> data = default, int dataIn = 0, int queue = 0)
    {
        ulong header = Place(Header((uint)type, sector));
        ulong dataAt = dataIn > 0 ? Place(dataIn) : Place(data);
        ulong status = Place([Unwritten]);
        List<DriverBuffer> buffers = [new(header, 16)];
        if (data.Length > 0) buffers.Add(new DriverBuffer(dataAt, (uint)data.Length));
        if (dataIn > 0) buffers.Add(new DriverBuffer(dataAt, (uint)dataIn, IsWritable: true));
        buffers.Add(new DriverBuffer(status, 1, IsWritable: true));
        return Send([.. buffers], dataAt, dataIn, status, queue);
    }

    /// <summary>Sends buffers as they are.</summary>
    public Sent Send(DriverBuffer[] buffers, ulong dataAt, int dataLength, ulong statusAt, int queue = 0)
    {
        ushort head = Queues[queue].Add(buffers);
        Ring(queue);
        return new Sent(queue, head, dataAt, dataLength, statusAt);
    }

    public void Ring(int queue = 0)
    {
        if (Queues[queue].Publish()) Room.Driver.Notify((uint)queue);
    }

    /// <summary>Waits for a request.</summary>
    public Ended WaitFor(Sent sent)
    {
        uint written = 0;
        Assert.True(SpinWait.SpinUntil(() => Take(sent.Queue) && _ended.Remove((sent.Queue, sent.Head), out written), Patience.Long), "The request does not end.");
        byte[] data = new byte[sent.DataLength];
        Memory.Read(new GuestAddress(sent.DataAt), data);
        return new Ended((BlockStatus)Memory.Read<byte>(new GuestAddress(sent.StatusAt)), written, data);
    }

    /// <summary>Sends a request and waits for it.</summary>
    public Ended Do(BlockRequestType type, ulong sector, ReadOnlySpan<byte> data = default, int dataIn = 0, int queue = 0) => WaitFor(Send(type, sector, data, dataIn, queue));

    /// <summary>Reads one sector, to see that all is well.</summary>
    public void AssertWorks(int queue = 0) => Assert.Equal(BlockStatus.Ok, Do(BlockRequestType.Read, 0, dataIn: 512, queue: queue).Status);

    public static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public void Dispose()
    {
        Room.Dispose();
        Assert.Empty(Room.Failures);
    }

    private bool Take(int queue)
    {
        while (Queues[queue].TryTake(out uint head, out uint written)) _ended[(queue, head)] = written;
        return true;
    }
}
