using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>The queue between a driver that keeps to the rules and a device: requests, completions, and who wakes whom.</summary>
public sealed class QueueTests : IDisposable
{
    private const ushort Size = 8;
    private const ulong Out = 0x8000;
    private const ulong In = 0x9000;

    private readonly VirtioRoom _room = new(new EchoDevice(isThreaded: false, 256));
    private readonly DescriptorChain _chain = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void A_request_comes_with_its_buffers_and_goes_back_with_what_was_written()
    {
        (Queue queue, DriverQueue driver) = Open();
        Assert.False(queue.TryPop(_chain));
        ushort head = driver.Add(new(Out, 16), new(Out + 0x100, 0), new(Out + 0x200, 32), new(In, 512, true), new(In + 0x400, 1, true));
        driver.Publish();

        Assert.True(queue.TryPop(_chain));
        Assert.Equal(head, _chain.Head);
        Assert.Equal([new ChainSegment(new GuestAddress(Out), 16, false), new ChainSegment(new GuestAddress(Out + 0x200), 32, false)], _chain.Readable.ToArray());
        Assert.Equal([new ChainSegment(new GuestAddress(In), 512, true), new ChainSegment(new GuestAddress(In + 0x400), 1, true)], _chain.Writable.ToArray());
        Assert.Equal((48u, 513u), (_chain.ReadableLength, _chain.WritableLength));
        Assert.Equal(1, queue.InFlight);
        Assert.False(queue.TryPop(new DescriptorChain()));

        queue.AddUsed(_chain, 513);
        Assert.False(driver.TryTake(out _, out _));
        queue.Publish();
        Assert.True(driver.TryTake(out uint id, out uint written));
        Assert.Equal((head, 513u), ((ushort)id, written));
        Assert.Equal(0, queue.InFlight);
        Assert.Equal(Size, driver.Free);
    }

    [Fact]
    public void Requests_that_wait_are_counted_without_being_taken()
    {
        (Queue queue, DriverQueue driver) = Open();
        Assert.Equal(0, queue.Waiting);
        driver.Add(new DriverBuffer(Out, 16));
        driver.Add(new DriverBuffer(Out, 16));
        Assert.Equal(0, queue.Waiting);
        driver.Publish();
        Assert.Equal(2, queue.Waiting);
        Assert.True(queue.TryPop(_chain));
        Assert.Equal(1, queue.Waiting);
        queue.Disable();
        Assert.Equal(0, queue.Waiting);
    }

    [Fact]
    public void Requests_of_nothing_come_and_go()
    {
        (Queue queue, DriverQueue driver) = Open();
        driver.Add(new DriverBuffer(ulong.MaxValue, 0));
        driver.Publish();
        Assert.True(queue.TryPop(_chain));
        Assert.True(_chain.Segments.IsEmpty);
        queue.Complete(_chain, 0);
        Assert.True(driver.TryTake(out _, out _));
    }

    [Fact]
    public void Requests_are_completed_in_any_order_and_shown_at_once()
    {
        (Queue queue, DriverQueue driver) = Open();
        DescriptorChain[] chains = [.. Enumerable.Range(0, Size).Select(static _ => new DescriptorChain())];
        foreach (DescriptorChain _ in chains) driver.Add(new DriverBuffer(In, 4, true));
        driver.Publish();
        Assert.All(chains, chain => Assert.True(queue.TryPop(chain)));
        foreach (DescriptorChain chain in chains.Reverse()) queue.AddUsed(chain, chain.Head);
        Assert.Equal(0, driver.UsedIndex);
        queue.Publish();
        foreach (DescriptorChain chain in chains.Reverse())
        {
            Assert.True(driver.TryTake(out uint head, out uint written));
            Assert.Equal((chain.Head, (uint)chain.Head), ((ushort)head, written));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_table_of_its_own_holds_more_buffers_than_the_queue(bool isBehindLinked)
    {
        (Queue queue, DriverQueue driver) = Open(MmioDriver.IndirectDescriptors);
        DriverBuffer[] buffers = [.. Enumerable.Range(0, 40).Select(static i => new DriverBuffer(Out + (ulong)i, 1, i >= 20))];
        ushort head = driver.AddIndirect(0x4000, buffers);
        if (isBehindLinked)
        {
            driver.WriteDescriptor(5, Out + 0x500, 7, flags: 1, next: head);
            driver.Offer(5);
        }

        driver.Publish();
        Assert.True(queue.TryPop(_chain));
        Assert.Equal(buffers, _chain.Segments.ToArray().Select(static s => new DriverBuffer(s.Address.Value, s.Length, s.IsWritable)));
        if (!isBehindLinked) return;
        var behind = new DescriptorChain();
        Assert.True(queue.TryPop(behind));
        Assert.Equal((41, 27u, 20u), (behind.Segments.Length, behind.ReadableLength, behind.WritableLength));
    }

    [Fact]
    public void The_descriptor_of_a_table_may_claim_to_be_writable()
    {
        (Queue queue, DriverQueue driver) = Open(MmioDriver.IndirectDescriptors);
        driver.WriteEntry(0x4000, Out, 5, 0, 0);
        driver.WriteDescriptor(0, 0x4000, 16, flags: 4 | 2, next: 0);
        driver.Offer(0);
        driver.Publish();
        Assert.True(queue.TryPop(_chain));
        Assert.Equal(5u, _chain.ReadableLength);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_driver_rings_only_when_the_device_wants_it(bool eventIndex)
    {
        (Queue queue, DriverQueue driver) = Open(eventIndex ? MmioDriver.EventIndex : 0);
        Assert.False(queue.EnableNotifications());
        Assert.True(AddOne(driver));

        queue.DisableNotifications();
        Assert.False(AddOne(driver));
        Assert.True(queue.EnableNotifications(), "two requests came without a ring");
        Assert.True(queue.TryPop(_chain));
        queue.Complete(_chain, 0);
        Assert.True(queue.TryPop(_chain));
        queue.Complete(_chain, 0);
        Assert.False(queue.EnableNotifications());
        Assert.True(AddOne(driver));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_device_interrupts_only_when_the_driver_wants_it(bool eventIndex)
    {
        (Queue queue, DriverQueue driver) = Open(eventIndex ? MmioDriver.EventIndex : 0);
        Assert.False(queue.NeedsInterrupt());
        Assert.False(driver.EnableInterrupts());
        Assert.True(CompleteOne(queue, driver));
        Assert.False(queue.NeedsInterrupt());

        driver.DisableInterrupts();
        Assert.False(CompleteOne(queue, driver));
        Assert.True(driver.EnableInterrupts(), "two completions came without an interrupt");
        while (driver.TryTake(out _, out _))
        {
        }

        Assert.False(driver.EnableInterrupts());
        Assert.True(CompleteOne(queue, driver));
    }

    [Fact]
    public void An_event_index_asks_for_one_interrupt_for_many_completions()
    {
        (Queue queue, DriverQueue driver) = Open(MmioDriver.EventIndex);
        driver.WaitFor(3);
        Assert.Equal([false, false, false, true, false], Enumerable.Range(0, 5).Select(_ => CompleteOne(queue, driver)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Indices_wrap_around(bool eventIndex)
    {
        (Queue queue, DriverQueue driver) = Open(eventIndex ? MmioDriver.EventIndex : 0);
        for (int i = 0; i < 70_000; i++)
        {
            bool isQuiet = i % 3 == 0;
            if (isQuiet) driver.DisableInterrupts();
            else Assert.False(driver.EnableInterrupts());
            Assert.False(queue.EnableNotifications());
            Assert.True(AddOne(driver));
            Assert.True(queue.TryPop(_chain));
            queue.AddUsed(_chain, (uint)i);
            queue.Publish();

            // An event index that lies behind is met again after 65536 completions, once.
            if (!isQuiet || !eventIndex) Assert.Equal(!isQuiet, queue.NeedsInterrupt());
            else queue.NeedsInterrupt();
            Assert.True(driver.TryTake(out _, out uint written));
            Assert.Equal((uint)i, written);
        }
    }

    [Fact]
    public void A_request_allocates_nothing()
    {
        (Queue queue, DriverQueue driver) = Open(MmioDriver.EventIndex | MmioDriver.IndirectDescriptors);
        DriverBuffer[] buffers = [new(Out, 16), new(In, 16, true)];
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                driver.AddIndirect(0x4000, buffers);
                driver.Publish();
                queue.DisableNotifications();
                queue.TryPop(_chain);
                queue.Complete(_chain, 16);
                queue.EnableNotifications();
                driver.TryTake(out _, out _);
            }
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_request_of_a_life_that_is_over_goes_nowhere()
    {
        (Queue queue, DriverQueue driver) = Open(MmioDriver.RingReset);
        driver.Add(new DriverBuffer(In, 4, true));
        driver.Publish();
        Assert.True(queue.TryPop(_chain));
        _room.Driver.Write(0x0C0, 1);
        queue.Complete(_chain, 4);
        Assert.False(queue.TryPop(new DescriptorChain()));
        Assert.False(queue.EnableNotifications());

        driver = new DriverQueue(_room.Memory, Size, 0x1000);
        Assert.True(_room.Driver.SetUp(0, driver));
        queue.Complete(_chain, 4);
        Assert.Equal(0, driver.UsedIndex);
        Assert.Equal(0, _room.Edges);
    }

    private static bool AddOne(DriverQueue driver)
    {
        driver.Add(new DriverBuffer(In, 4, IsWritable: true));
        return driver.Publish();
    }

    private bool CompleteOne(Queue queue, DriverQueue driver)
    {
        AddOne(driver);
        Assert.True(queue.TryPop(_chain));
        queue.AddUsed(_chain, 0);
        queue.Publish();
        return queue.NeedsInterrupt();
    }

    private (Queue Queue, DriverQueue Driver) Open(ulong features = 0)
    {
        Assert.True(_room.Driver.Negotiate(MmioDriver.Version1 | features));
        var driver = new DriverQueue(_room.Memory, Size, 0x1000, (features & MmioDriver.EventIndex) != 0);
        Assert.True(_room.Driver.SetUp(0, driver));
        _room.Driver.Start();
        return (((EchoDevice)_room.Transport.Device).Context!.Queues[0], driver);
    }
}
