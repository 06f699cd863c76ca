using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>Drivers that lie: each is found out, told that its device needs a reset, and gets a working device back after it.</summary>
public sealed class HostileDriverTests : IDisposable
{
    private const ushort Size = 8;
    private const ushort Next = 1, Write = 2, Indirect = 4;
    private const ulong Table = 0x4000;

    private readonly EchoDevice _device = new(isThreaded: false, 64);
    private readonly VirtioRoom _room;

    public HostileDriverTests() => _room = new VirtioRoom(_device);

    public void Dispose() => _room.Dispose();

    /// <summary>What each does to its queue before it shows an index.</summary>
    public static TheoryData<string> Lies => [.. Hostile.Keys];

    private static Dictionary<string, Action<DriverQueue>> Hostile { get; } = new(StringComparer.Ordinal)
    {
        ["a descriptor that is its own successor"] = static q => Chain(q, new Entry(0x8000, 4, Next, 0)),
        ["two that follow each other"] = static q => Chain(q, new Entry(0x8000, 4, Next, 1), new Entry(0x8000, 4, Next, 0)),
        ["a loop of empty ones"] = static q => Chain(q, new Entry(0, 0, Next, 1), new Entry(0, 0, Next, 0)),
        ["a head past the table"] = static q => q.Offer(Size),
        ["the last head there is"] = static q => q.Offer(ushort.MaxValue),
        ["a successor past the table"] = static q => Chain(q, new Entry(0x8000, 4, Next, Size)),
        ["a buffer in the hole"] = static q => Chain(q, new Entry(VirtioRoom.LowBytes, 1, 0, 0)),
        ["a buffer over the edge of the hole"] = static q => Chain(q, new Entry(VirtioRoom.LowBytes - 4, 8, Write, 0)),
        ["a buffer before the second region"] = static q => Chain(q, new Entry(VirtioRoom.HighStart - 4, 8, Write, 0)),
        ["a buffer around the end of the world"] = static q => Chain(q, new Entry(ulong.MaxValue - 3, 8, Write, 0)),
        ["a buffer of 4 GiB less one"] = static q => Chain(q, new Entry(0, uint.MaxValue, Write, 0)),
        ["a readable buffer behind a writable one"] = static q => Chain(q, new Entry(0x8000, 4, Next | Write, 1), new Entry(0x8000, 4, 0, 0)),
        ["an index ahead of the queue"] = static q => q.Publish(ahead: Size + 1),
        ["an index far ahead"] = static q => q.Publish(ahead: 0x8000),
        ["a table that is in another"] = static q =>
        {
            q.WriteEntry(Table, Table, 16, Indirect, 0);
            Chain(q, new Entry(Table, 16, Indirect, 0));
        },
        ["a table of 24 bytes"] = static q => Chain(q, new Entry(Table, 24, Indirect, 0)),
        ["a table of nothing"] = static q => Chain(q, new Entry(Table, 0, Indirect, 0)),
        ["a table of all that 32 bits can say"] = static q => Chain(q, new Entry(Table, 0xFFFF_FFF0, Indirect, 0)),
        ["a table longer than the longest queue"] = static q => Chain(q, new Entry(Table, 65 * 16, Indirect, 0)),
        ["a table outside RAM"] = static q => Chain(q, new Entry(VirtioRoom.LowBytes, 16, Indirect, 0)),
        ["a table around the end of the world"] = static q => Chain(q, new Entry(ulong.MaxValue - 7, 16, Indirect, 0)),
        ["a table with a successor"] = static q => Chain(q, new Entry(Table, 16, Indirect | Next, 1)),
        ["a table that loops"] = static q =>
        {
            q.WriteEntry(Table, 0x8000, 1, Next, 0);
            Chain(q, new Entry(Table, 32, Indirect, 0));
        },
        ["a table that leads out of itself"] = static q =>
        {
            q.WriteEntry(Table, 0x8000, 1, Next, 2);
            Chain(q, new Entry(Table, 32, Indirect, 0));
        },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_driver_that_lies_needs_a_reset(string lie)
    {
        DriverQueue queue = Start(MmioDriver.IndirectDescriptors);
        Hostile[lie](queue);
        if (!lie.StartsWith("an index", StringComparison.Ordinal)) queue.Publish();

        _device.Work();
        _device.Work();

        Assert.True(_room.Driver.IsBroken);
        Assert.Single(_room.DriverFaults);
        Assert.Equal(VirtioInterrupt.ConfigurationChange, _room.Driver.TakeInterrupt());
        Assert.Equal(0, queue.UsedIndex);
        Assert.Empty(_room.Failures);

        queue = Start(0);
        queue.Add(new DriverBuffer(0x8000, 4), new DriverBuffer(0x9000, 4, IsWritable: true));
        queue.Publish();
        _device.Work();
        Assert.True(queue.TryTake(out _, out uint written));
        Assert.Equal(4u, written);
    }

    [Fact]
    public void A_table_needs_its_feature()
    {
        DriverQueue queue = Start(0);
        queue.AddIndirect(Table, new DriverBuffer(0x8000, 4));
        queue.Publish();
        _device.Work();
        Assert.True(_room.Driver.IsBroken);
    }

    [Fact]
    public void Lengths_that_overflow_when_added_are_refused()
    {
        // A GiB at a time, which needs a guest that has one.
        using var memory = GuestMemory.Allocate(2ul << 30, new GuestAddress(3ul << 30), new GuestAddress(1ul << 32));
        var transport = new NotingTransport();
        using var bell = new EventFd();
        using var queue = new Queue(0, Size, memory, transport, new VirtioInterrupt(new FakeLine()), bell);
        var driver = new DriverQueue(memory, Size, 0x1000);
        Open(queue, driver);
        driver.Add([.. Enumerable.Range(0, 3).Select(static _ => new DriverBuffer(1ul << 30, 1 << 30))]);
        driver.Add([.. Enumerable.Range(0, 4).Select(static i => new DriverBuffer(1ul << 30, 1 << 30, i > 1))]);
        driver.Publish();
        var chain = new DescriptorChain();
        Assert.True(queue.TryPop(chain));
        Assert.Equal(3u << 30, chain.ReadableLength);
        Assert.False(queue.TryPop(new DescriptorChain()));
        Assert.Single(transport.Reasons);
    }

    [Fact]
    public void The_same_request_again_and_again_is_refused_when_the_queue_would_overflow()
    {
        DriverQueue queue = Start(0);
        Queue device = _device.Context!.Queues[0];
        queue.WriteDescriptor(0, 0x8000, 4, Write, 0);
        for (int i = 0; i < Size; i++) queue.Offer(0);
        queue.Publish();
        for (int i = 0; i < Size; i++) Assert.True(device.TryPop(new DescriptorChain()));
        queue.Offer(0);
        queue.Publish();
        Assert.False(device.TryPop(new DescriptorChain()));
        Assert.True(_room.Driver.IsBroken);
    }

    [Fact]
    public void Rings_on_top_of_each_other_and_of_everything_harm_the_guest_alone()
    {
        MmioDriver driver = _room.Driver;
        driver.Negotiate(MmioDriver.Version1);
        driver.Write(0x030, 0);
        driver.SetUp(Size, 0x1000, 0x1000, 0x1000);
        Assert.Equal(1u, driver.Read(0x044));
        driver.Start();
        _room.Memory.Write(new GuestAddress(0x1002), (ushort)1);
        for (int i = 0; i < 1000; i++) _device.Work();
        Assert.Empty(_room.Failures);
        driver.Status = 0;
        Assert.Equal(0u, driver.Status);
    }

    [Fact]
    public void A_request_for_its_own_rings_is_a_request()
    {
        DriverQueue queue = Start(0);
        queue.Add(new DriverBuffer(queue.Table, 64), new DriverBuffer(queue.Used, 64, IsWritable: true));
        queue.Publish();
        _device.Work();
        Assert.Empty(_room.Failures);
    }

    [Fact]
    public void A_reset_in_the_middle_of_a_request_lets_it_go_nowhere()
    {
        DriverQueue queue = Start(0);
        Queue device = _device.Context!.Queues[0];
        queue.Add(new DriverBuffer(0x9000, 4, IsWritable: true));
        queue.Publish();
        var chain = new DescriptorChain();
        Assert.True(device.TryPop(chain));
        _room.Driver.Status = 0;
        device.Complete(chain, 4);
        device.NotifyDriver();
        Assert.Equal(0, queue.UsedIndex);
        Assert.Equal(0, device.InFlight);
        Assert.Equal(0, _room.Edges);
        Assert.Equal(0u, _room.Driver.Status);
    }

    private static void Chain(DriverQueue queue, params ReadOnlySpan<Entry> descriptors)
    {
        for (ushort i = 0; i < descriptors.Length; i++)
            queue.WriteDescriptor(i, descriptors[i].Address, descriptors[i].Length, (ushort)descriptors[i].Flags, descriptors[i].Next);
        queue.Offer(0);
    }

    private static void Open(Queue queue, DriverQueue driver)
    {
        queue.Layout = new QueueLayout(driver.Size, new GuestAddress(driver.Table), new GuestAddress(driver.Available), new GuestAddress(driver.Used));
        Assert.True(queue.TryEnable(VirtioFeature.Version1));
    }

    private DriverQueue Start(ulong features)
    {
        Assert.True(_room.Driver.Negotiate(MmioDriver.Version1 | features));
        var queue = new DriverQueue(_room.Memory, Size, 0x1000);
        Assert.True(_room.Driver.SetUp(0, queue));
        _room.Driver.Start();
        return queue;
    }

    private readonly record struct Entry(ulong Address, uint Length, int Flags, ushort Next);

    private sealed class NotingTransport : IVirtioTransport
    {
        public List<string> Reasons { get; } = [];

        public void ChangeConfig(Action change) => change();

        public void Fail(string reason) => Reasons.Add(reason);

        public void ReportFailure(Exception failure) => throw new InvalidOperationException("The device failed.", failure);
    }
}
