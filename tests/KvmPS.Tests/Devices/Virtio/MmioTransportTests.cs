using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>The registers: how a driver finds a device, agrees with it and sets it up, in the right order and in every other.</summary>
public sealed class MmioTransportTests : IDisposable
{
    private const uint Driven = MmioDriver.Acknowledge | MmioDriver.Driver;
    private const uint Agreed = Driven | MmioDriver.FeaturesOk;
    private const uint Running = Agreed | MmioDriver.DriverOk;

    private readonly EchoDevice _device = new(isThreaded: false, 16, 8);
    private readonly VirtioRoom _room;
    private readonly MmioDriver _driver;

    public MmioTransportTests()
    {
        _room = new VirtioRoom(_device);
        _driver = _room.Driver;
    }

    public void Dispose() => _room.Dispose();

    [Fact]
    public void A_driver_that_does_as_Linux_does_gets_a_running_device()
    {
        Assert.Equal(0x7472_6976u, _driver.Read(0x000));
        Assert.Equal(2u, _driver.Read(0x004));
        Assert.Equal(42u, _driver.Read(0x008));
        Assert.Equal(3u | MmioDriver.IndirectDescriptors | MmioDriver.EventIndex | MmioDriver.Version1 | MmioDriver.RingReset, _driver.Offered);

        Assert.True(_driver.Negotiate(_driver.Offered));
        Assert.True(_driver.SetUp(0, new DriverQueue(_room.Memory, 16, 0x1000)));
        Assert.True(_driver.SetUp(1, new DriverQueue(_room.Memory, 8, VirtioRoom.HighStart)));
        Assert.Null(_device.Context);
        _driver.Start();

        Assert.Equal(Running, _driver.Status);
        Assert.Equal(_driver.Offered, _device.Context!.Features);
        Assert.All(_device.Context.Queues, static queue => Assert.True(queue.IsReady));
        Assert.Empty(_room.DriverFaults);
    }

    [Fact]
    public void A_queue_that_is_not_there_has_no_size_and_cannot_be_set_up()
    {
        _driver.Negotiate(MmioDriver.Version1);
        foreach (uint number in (uint[])[2, 0xFFFF_FFFF])
        {
            _driver.Write(0x030, number);
            Assert.Equal(0u, _driver.Read(0x034));
            _driver.SetUp(8, 0x1000, 0x2000, 0x3000);
            Assert.Equal(0u, _driver.Read(0x044));
        }

        Assert.False(_driver.IsBroken);
    }

    [Theory]
    [InlineData(0u, MmioDriver.Driver)]
    [InlineData(0u, Agreed)]
    [InlineData(0u, Running)]
    [InlineData(0u, 0x55u)]
    [InlineData(MmioDriver.Acknowledge, Agreed)]
    [InlineData(MmioDriver.Acknowledge, MmioDriver.Driver)]
    [InlineData(MmioDriver.Acknowledge, MmioDriver.Acknowledge | MmioDriver.DriverOk)]
    [InlineData(Driven, Running)]
    [InlineData(Driven, Driven | MmioDriver.DriverOk)]
    [InlineData(Driven, MmioDriver.Acknowledge)]
    [InlineData(Agreed, Driven)]
    [InlineData(Agreed, Agreed | 16)]
    [InlineData(Running, Agreed)]
    [InlineData(Running, Driven | MmioDriver.Failed)]
    [InlineData(Running | MmioDriver.Failed, Running)]
    public void A_status_out_of_order_asks_for_a_reset(uint from, uint to)
    {
        Reach(from);
        Assert.Equal(from, _driver.Status);
        int edges = _room.Edges;

        _driver.Status = to;

        Assert.Equal(from | MmioDriver.NeedsReset, _driver.Status);
        Assert.Single(_room.DriverFaults);
        bool isTold = (from & MmioDriver.DriverOk) != 0;
        Assert.Equal(isTold ? edges + 1 : edges, _room.Edges);
        Assert.Equal(isTold ? VirtioInterrupt.ConfigurationChange : 0, _driver.Read(0x060));
        _driver.Status = 0;
        Assert.Equal(0u, _driver.Status);
        Assert.True(_driver.Negotiate(MmioDriver.Version1));
    }

    [Fact]
    public void Firmware_may_acknowledge_and_drive_at_once_and_write_a_status_twice()
    {
        _driver.Status = Driven;
        _driver.Status = Driven;
        Assert.Equal(Driven, _driver.Status);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(MmioDriver.Acknowledge)]
    [InlineData(Agreed)]
    [InlineData(Running)]
    public void A_driver_may_give_up_at_any_time(uint from)
    {
        Reach(from);
        _driver.Status |= MmioDriver.Failed;
        Assert.Equal(from | MmioDriver.Failed, _driver.Status);
        Assert.Empty(_room.DriverFaults);
    }

    [Fact]
    public void A_broken_device_does_not_start()
    {
        Reach(Agreed);
        _driver.Status = Driven;
        _driver.Status = Running;
        Assert.Equal(Agreed | MmioDriver.NeedsReset, _driver.Status);
        Assert.Null(_device.Context);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(EchoDevice.Base)]
    [InlineData(MmioDriver.Version1 | 4)]
    [InlineData(MmioDriver.Version1 | (1ul << 63))]
    [InlineData(MmioDriver.Version1 | EchoDevice.Dependent)]
    public void Features_that_make_no_sense_are_refused_and_may_be_thought_over(ulong features)
    {
        Assert.False(_driver.Negotiate(features));
        Assert.Equal(Driven, _driver.Status);
        _driver.WriteFeatures(MmioDriver.Version1 | EchoDevice.Base | EchoDevice.Dependent);
        _driver.Status |= MmioDriver.FeaturesOk;
        Assert.Equal(Agreed, _driver.Status);
    }

    [Fact]
    public void Features_are_agreed_on_once()
    {
        Reach(Agreed);
        _driver.WriteFeatures(ulong.MaxValue);
        Assert.Equal(MmioDriver.Version1, _room.Transport.DriverFeatures);
    }

    [Fact]
    public void Selectors_beyond_the_features_select_nothing()
    {
        _driver.Write(0x014, 2);
        Assert.Equal(0u, _driver.Read(0x010));
        _driver.Write(0x024, 2);
        _driver.Write(0x020, 0xFFFF_FFFF);
        Assert.Equal(0ul, _room.Transport.DriverFeatures);
    }

    [Fact]
    public void A_queue_is_set_up_after_the_features_and_before_the_start()
    {
        var queue = new DriverQueue(_room.Memory, 16, 0x1000);
        Assert.False(_driver.SetUp(0, queue));
        Reach(Running);
        Assert.False(_driver.SetUp(0, queue));
        Assert.False(_driver.IsBroken);
    }

    [Fact]
    public void A_queue_that_is_ready_stays_where_it_is()
    {
        Reach(Agreed);
        Assert.True(_driver.SetUp(0, new DriverQueue(_room.Memory, 16, 0x1000)));
        _driver.SetUp(3, 1, 1, 1);
        Assert.Equal(1u, _driver.Read(0x044));
        Assert.False(_driver.IsBroken);
        Assert.Equal(16u, _room.Transport.Capture().Queues[0].Layout.Size);
    }

    [Theory]
    [InlineData(0u, 0x1000ul, 0x2000ul, 0x3000ul)]
    [InlineData(12u, 0x1000ul, 0x2000ul, 0x3000ul)]
    [InlineData(32u, 0x1000ul, 0x2000ul, 0x3000ul)]
    [InlineData(0x8000_0000u, 0x1000ul, 0x2000ul, 0x3000ul)]
    [InlineData(16u, 0x1008ul, 0x2000ul, 0x3000ul)]
    [InlineData(16u, 0x1000ul, 0x2001ul, 0x3000ul)]
    [InlineData(16u, 0x1000ul, 0x2000ul, 0x3002ul)]
    [InlineData(16u, VirtioRoom.LowBytes, 0x2000ul, 0x3000ul)]
    [InlineData(16u, 0x1000ul, VirtioRoom.LowBytes - 4, 0x3000ul)]
    [InlineData(16u, 0x1000ul, 0x2000ul, 0xFFFF_FFFF_FFFF_FFFCul)]
    [InlineData(16u, 0x1000ul, 0x2000ul, VirtioRoom.HighStart - 8)]
    public void A_queue_that_is_none_asks_for_a_reset(uint size, ulong table, ulong available, ulong used)
    {
        Reach(Agreed);
        _driver.Write(0x030, 0);
        _driver.SetUp(size, table, available, used);
        Assert.Equal(0u, _driver.Read(0x044));
        Assert.True(_driver.IsBroken);
    }

    [Fact]
    public void A_reset_gives_everything_back()
    {
        Reach(Agreed);
        _driver.SetUp(0, new DriverQueue(_room.Memory, 16, 0x1000));
        _driver.Start();
        int resets = _device.Resets;
        _driver.Status = 0;
        Assert.Equal(resets + 1, _device.Resets);
        Assert.Equal(0u, _driver.Status);
        Assert.Equal(0u, _driver.Read(0x044));
        Assert.Equal(0ul, _room.Transport.DriverFeatures);
        Assert.Null(_device.Context);
    }

    [Fact]
    public void One_queue_is_reset_alone_when_that_was_agreed_on()
    {
        Assert.True(_driver.Negotiate(MmioDriver.Version1 | MmioDriver.RingReset));
        Assert.True(_driver.SetUp(0, new DriverQueue(_room.Memory, 16, 0x1000)));
        Assert.True(_driver.SetUp(1, new DriverQueue(_room.Memory, 8, 0x2000)));
        _driver.Start();

        _driver.Write(0x030, 1);
        _driver.Write(0x0C0, 1);
        Assert.Equal(0u, _driver.Read(0x0C0));
        Assert.Equal(0u, _driver.Read(0x044));
        Assert.True(_driver.SetUp(1, new DriverQueue(_room.Memory, 4, 0x3000)));
        Assert.Equal(["-1", "+1"], _device.QueueChanges);
        Assert.True(_device.Context!.Queues[0].IsReady);
        Assert.False(_driver.IsBroken);
    }

    [Fact]
    public void Without_that_feature_a_queue_is_not_reset_alone()
    {
        Reach(Agreed);
        _driver.SetUp(0, new DriverQueue(_room.Memory, 16, 0x1000));
        _driver.Start();
        _driver.Write(0x0C0, 1);
        Assert.Equal(1u, _driver.Read(0x044));
        Assert.Empty(_device.QueueChanges);
    }

    [Fact]
    public void Configuration_changes_between_reads_and_the_generation_says_so()
    {
        Reach(Agreed);
        uint generation = _driver.Read(0x0FC);
        Assert.Equal(0x0403_0201u, _driver.Read(0x100));
        _device.ChangeConfig(9);
        Assert.NotEqual(generation, _driver.Read(0x0FC));
        Assert.Equal(0x0909_0909u, _driver.Read(0x104));
        Assert.Equal(0, _room.Edges);

        _driver.Start();
        _device.ChangeConfig(8);
        Assert.Equal(1, _room.Edges);
        Assert.Equal(VirtioInterrupt.ConfigurationChange, _driver.TakeInterrupt());
        Assert.Equal(0u, _driver.Read(0x060));
    }

    [Fact]
    public void Configuration_is_read_by_any_width_and_registers_by_four_bytes()
    {
        byte[] data = new byte[8];
        _room.Transport.Read(0x101, data.AsSpan(0, 1));
        Assert.Equal(2, data[0]);
        _room.Transport.Read(0x102, data.AsSpan(0, 2));
        Assert.Equal([3, 4], data[..2]);
        _room.Transport.Read(0x104, data);
        Assert.Equal([5, 6, 7, 8, 0, 0, 0, 0], data);

        foreach ((ulong offset, int width) in ((ulong, int)[])[(0, 1), (0, 2), (0, 8), (2, 4), (1, 4)])
        {
            data.AsSpan().Fill(0xEE);
            _room.Transport.Read(offset, data.AsSpan(0, width));
            Assert.All(data[..width], static b => Assert.Equal(0, b));
        }

        _room.Transport.Write(0x070, [1]);
        _room.Transport.Write(0x070, [1, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(0u, _driver.Status);
    }

    [Fact]
    public void There_is_no_shared_memory()
    {
        _driver.Write(0x0AC, 0);
        Assert.All((uint[])[0x0B0, 0x0B4, 0x0B8, 0x0BC], register => Assert.Equal(uint.MaxValue, _driver.Read(register)));
    }

    [Fact]
    public void A_device_that_cannot_start_is_reported_and_costs_the_guest_that_device()
    {
        _device.Obstacle = new InvalidOperationException("no thread left");
        Reach(Agreed);
        _driver.Start();
        Assert.Equal(Running | MmioDriver.NeedsReset, _driver.Status);
        Assert.Same(_device.Obstacle, Assert.Single(_room.Failures));
    }

    [Fact]
    public void A_write_that_exits_rings_the_same_bell()
    {
        Reach(Running);
        _driver.Notify(1);
        _driver.Notify(2);
        _driver.Notify(uint.MaxValue);
        Assert.False(_room.ConnectDoorbell(0).TryTake());
        Assert.True(_room.ConnectDoorbell(1).TryTake());
    }

    [Fact]
    public void A_running_device_goes_on_after_restore()
    {
        Reach(Agreed);
        var queue = new DriverQueue(_room.Memory, 16, 0x1000);
        _driver.SetUp(0, queue);
        _driver.Start();
        Exchange(queue, 3);
        MmioTransportState state = _room.Transport.Capture();

        _room.Transport.Reset();
        Assert.NotEqual(state, _room.Transport.Capture());
        _room.Transport.Restore(state);

        Assert.Equal(state, _room.Transport.Capture());
        Assert.Equal(Running, _driver.Status);
        Exchange(queue, 40);
    }

    [Fact]
    public void A_state_that_is_none_of_this_device_is_refused_and_leaves_it_reset()
    {
        Reach(Agreed);
        _driver.SetUp(0, new DriverQueue(_room.Memory, 16, 0x1000));
        MmioTransportState good = _room.Transport.Capture();
        QueueState queue = good.Queues[0];
        MmioTransportState[] bad =
        [
            good with { Status = DeviceStatus.DriverOk },
            good with { DriverFeatures = ulong.MaxValue },
            good with { Queues = [queue] },
            good with { Status = DeviceStatus.Acknowledge },
            good with { Queues = [queue with { Layout = queue.Layout with { Size = 32 } }, good.Queues[1]] },
            good with { Queues = [queue with { Layout = queue.Layout with { Used = new GuestAddress(VirtioRoom.LowBytes) } }, good.Queues[1]] },
        ];
        Assert.All(bad, state =>
        {
            Assert.Throws<ArgumentException>(() => _room.Transport.Restore(state));
            Assert.Equal(0u, _driver.Status);
        });
    }

    [Fact]
    public void After_the_machine_has_ended_the_registers_answer_and_nothing_starts()
    {
        _room.Transport.Dispose();
        Reach(Running);
        Assert.Null(_device.Context);
    }

    private void Exchange(DriverQueue queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            queue.Add(new DriverBuffer(0x8000, 4), new DriverBuffer(0x9000, 4, IsWritable: true));
            queue.Publish();
            _device.Work();
            Assert.True(queue.TryTake(out _, out uint written));
            Assert.Equal(4u, written);
        }
    }

    private void Reach(uint status)
    {
        if ((status & MmioDriver.FeaturesOk) != 0)
        {
            Assert.True(_driver.Negotiate(MmioDriver.Version1));
            if ((status & MmioDriver.DriverOk) != 0) _driver.Start();
        }
        else
        {
            if ((status & MmioDriver.Acknowledge) != 0) _driver.Status = MmioDriver.Acknowledge;
            if ((status & MmioDriver.Driver) != 0) _driver.Status = Driven;
        }

        if ((status & MmioDriver.Failed) != 0) _driver.Status |= MmioDriver.Failed;
    }
}
