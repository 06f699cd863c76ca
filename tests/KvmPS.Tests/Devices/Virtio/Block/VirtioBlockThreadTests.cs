using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;
using static KvmPS.Tests.Devices.Virtio.Block.BlockRoom;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>Many requests at once, several queues, and resets in the middle of it.</summary>
public class VirtioBlockThreadTests
{
    [Fact]
    public void Requests_that_wait_are_under_way_together_and_no_more_than_allowed()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static _ => false };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { MaxWorkers = 5 });
        backend.Close();
        Sent[] sent = [.. Enumerable.Range(0, 32).Select(i => room.Send(BlockRequestType.Read, (ulong)i, dataIn: 512))];
        Assert.True(SpinWait.SpinUntil(() => backend.Inside == 5 && room.Disk.Statistics.InFlight == 32, Native.Patience.Long));

        // The queue's thread is free all the while.
        backend.ReadsAtOnce = static _ => true;
        room.AssertWorks();
        backend.Open();
        foreach (Sent one in sent) Assert.Equal(BlockStatus.Ok, room.WaitFor(one).Status);
        Assert.Equal(5, backend.MostInside);
        Assert.Equal((0, 33), (room.Disk.Statistics.InFlight, room.Disk.Statistics.Reads.Count));
    }

    [Fact]
    public async Task Reset_waits_for_what_is_under_way_and_drops_what_waits()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static _ => false };
        backend.Bytes.AsSpan().Fill(0xAB);
        using var room = new BlockRoom(backend, new VirtioBlockOptions { MaxWorkers = 3 });
        backend.Close();
        Sent[] sent = [.. Enumerable.Range(0, 32).Select(i => room.Send(BlockRequestType.Read, (ulong)i, dataIn: 512))];
        Assert.True(SpinWait.SpinUntil(() => backend.Inside == 3 && room.Disk.Statistics.InFlight == 32, Native.Patience.Long));
        Task reset = Task.Run(() => room.Room.Driver.Status = 0, TestContext.Current.CancellationToken);
        Assert.NotSame(reset, await Task.WhenAny(reset, Task.Delay(50, TestContext.Current.CancellationToken)));
        backend.Open();
        await reset.WaitAsync(Native.Patience.Long, TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (backend.Inside, room.Disk.Statistics.InFlight));
        Assert.Equal(3, room.Disk.Statistics.Reads.Count);

        // The memory is the guest's again: what it writes now stays.
        foreach (Sent one in sent) room.Memory.Fill(new GuestAddress(one.DataAt), 512, 0x11);
        room.Renew();
        room.Start();
        backend.ReadsAtOnce = static _ => true;
        room.AssertWorks();
        byte[] data = new byte[512];
        foreach (Sent one in sent)
        {
            room.Memory.Read(new GuestAddress(one.DataAt), data);
            Assert.All(data, static value => Assert.Equal(0x11, value));
        }
    }

    [Fact]
    public async Task A_disk_that_stands_still_has_finished_what_it_took_and_takes_nothing()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static _ => false };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { MaxWorkers = 2 });
        backend.Close();
        Sent[] taken = [.. Enumerable.Range(0, 8).Select(i => room.Send(BlockRequestType.Read, (ulong)i, dataIn: 512))];
        Assert.True(SpinWait.SpinUntil(() => backend.Inside == 2 && room.Disk.Statistics.InFlight == 8, Native.Patience.Long));
        Task quiesce = Task.Run(() => room.Room.Transport.Quiesce(CancellationToken.None), TestContext.Current.CancellationToken);
        Assert.NotSame(quiesce, await Task.WhenAny(quiesce, Task.Delay(50, TestContext.Current.CancellationToken)));
        backend.Open();
        await quiesce.WaitAsync(Native.Patience.Long, TestContext.Current.CancellationToken);
        Assert.Equal((8, 0), (room.Disk.Statistics.Reads.Count, room.Disk.Statistics.InFlight));
        foreach (Sent one in taken) Assert.Equal(BlockStatus.Ok, room.WaitFor(one).Status);

        backend.ReadsAtOnce = static _ => true;
        Sent read = room.Send(BlockRequestType.Read, 0, dataIn: 512);
        Sent written = room.Send(BlockRequestType.Write, 1, Pattern(512, seed: 1));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal((8, 0), (room.Disk.Statistics.Requests, room.Disk.Statistics.InFlight));
        Assert.Equal(Unwritten, room.Memory.Read<byte>(new GuestAddress(read.StatusAt)));
        Assert.All(backend.Bytes.AsSpan(512, 512).ToArray(), static value => Assert.Equal(0, value));

        room.Room.Transport.Resume();
        Assert.Equal(BlockStatus.Ok, room.WaitFor(read).Status);
        Assert.Equal(BlockStatus.Ok, room.WaitFor(written).Status);
        Assert.Equal(Pattern(512, seed: 1), backend.Bytes.AsSpan(512, 512));
    }

    [Fact]
    public async Task Who_waits_for_a_disk_that_hangs_can_give_up()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static _ => false };
        using var room = new BlockRoom(backend);
        using var cancellation = new CancellationTokenSource();
        backend.Close();
        Sent hanging = room.Send(BlockRequestType.Read, 0, dataIn: 512);
        Assert.True(SpinWait.SpinUntil(() => backend.Inside == 1, Native.Patience.Long));
        Task quiesce = Task.Run(() => room.Room.Transport.Quiesce(cancellation.Token), TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => quiesce.WaitAsync(Native.Patience.Long, TestContext.Current.CancellationToken));
        room.Room.Transport.Resume();
        backend.Open();
        Assert.Equal(BlockStatus.Ok, room.WaitFor(hanging).Status);
        room.AssertWorks();
    }

    [Fact]
    public void A_disk_that_stands_still_can_be_reset()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        room.Room.Transport.Quiesce(CancellationToken.None);
        room.Send(BlockRequestType.Read, 0, dataIn: 512);
        room.Room.Driver.Status = 0;
        Assert.Equal(0, room.Disk.Statistics.Requests);
        room.Room.Transport.Resume();
        room.Renew();
        room.Start();
        room.AssertWorks();
    }

    [Fact]
    public async Task One_queue_can_be_reset_while_the_other_goes_on()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static offset => offset == 0 };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { QueueCount = 2, MaxWorkers = 2 });
        backend.Close();
        for (int i = 1; i < 9; i++) room.Send(BlockRequestType.Read, (ulong)i, dataIn: 512, queue: 1);
        Assert.True(SpinWait.SpinUntil(() => backend.Inside == 2 && room.Disk.Statistics.InFlight == 8, Native.Patience.Long));
        Task reset = Task.Run(() => ResetQueue(room, 1), TestContext.Current.CancellationToken);
        Sent other = room.Send(BlockRequestType.Read, 0, dataIn: 512, queue: 0);
        Assert.Equal(BlockStatus.Ok, room.WaitFor(other).Status);
        backend.Open();
        await reset.WaitAsync(Native.Patience.Long, TestContext.Current.CancellationToken);
        room.Renew(1);
        Assert.True(room.Room.Driver.SetUp(1, room.Queues[1]));
        room.AssertWorks(queue: 1);
        room.AssertWorks(queue: 0);
        Assert.Equal(0, room.Disk.Statistics.InFlight);
    }

    [Fact]
    public void Driver_without_several_queues_has_one()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, new VirtioBlockOptions { QueueCount = 2 }, without: BlockFeature.MultiQueue);
        room.Send(BlockRequestType.Read, 0, dataIn: 512, queue: 1);
        room.AssertWorks(queue: 0);
        Assert.Equal(0, room.Queues[1].UsedIndex);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_queues_at_once_keep_every_byte(bool writesAtOnce)
    {
        const int queues = 4;
        const int depth = 32;
        const int rounds = 40;
        using var backend = new FakeBackend(queues * 1024) { WritesAtOnce = writesAtOnce, ReadsAtOnce = static offset => offset % 1536 != 0 };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { QueueCount = queues });
        ulong[] heaps = [.. Enumerable.Range(0, queues).Select(_ => room.Place(depth * 1024))];
        Task[] drivers = [.. Enumerable.Range(0, queues).Select(queue => Task.Run(() => Drive(queue), TestContext.Current.CancellationToken))];
        await Task.WhenAll(drivers).WaitAsync(Native.Patience.Long, TestContext.Current.CancellationToken);
        DiskStatistics statistics = room.Disk.Statistics;
        Assert.Equal((queues * depth * rounds, 0, 0), (statistics.Requests, statistics.Errors, statistics.InFlight));
        Assert.True(statistics.Interrupts <= statistics.Requests);

        void Drive(int queue)
        {
            var random = new Random(queue);
            DriverQueue ring = room.Queues[queue];
            byte[][] shadow = [.. Enumerable.Range(0, 1024).Select(static _ => new byte[512])];
            var slots = new Dictionary<uint, (int Slot, int Sector, bool Read)>();
            for (int round = 0; round < rounds; round++)
            {
                int first = random.Next(1024 - depth);
                for (int slot = 0; slot < depth; slot++)
                {
                    // Each sector once a round: requests that are under way together have no order.
                    (int sector, bool read, ulong at) = (first + slot, random.Next(2) == 0, heaps[queue] + ((ulong)slot * 1024));
                    room.Memory.Write(new GuestAddress(at), Header(read ? 0u : 1u, (ulong)((queue * 1024) + sector)));
                    room.Memory.Write(new GuestAddress(at + 16), Unwritten);
                    if (!read)
                    {
                        random.NextBytes(shadow[sector]);
                        room.Memory.Write(new GuestAddress(at + 512), shadow[sector]);
                    }

                    slots[ring.Add(new DriverBuffer(at, 16), new DriverBuffer(at + 512, 512, read), new DriverBuffer(at + 16, 1, IsWritable: true))] = (slot, sector, read);
                    if (random.Next(8) == 0 && ring.Publish()) room.Room.Driver.Notify((uint)queue);
                }

                if (ring.Publish()) room.Room.Driver.Notify((uint)queue);
                byte[] data = new byte[512];
                while (slots.Count > 0)
                {
                    if (!ring.TryTake(out uint head, out _))
                    {
                        Thread.Yield();
                        continue;
                    }

                    Assert.True(slots.Remove(head, out (int Slot, int Sector, bool Read) done));
                    ulong at = heaps[queue] + ((ulong)done.Slot * 1024);
                    Assert.Equal(0, room.Memory.Read<byte>(new GuestAddress(at + 16)));
                    room.Memory.Read(new GuestAddress(at + 512), data);
                    if (done.Read) Assert.Equal(shadow[done.Sector], data);
                }
            }
        }
    }

    [Fact]
    public void Interrupt_wakes_a_driver_that_sleeps()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static offset => offset % 1024 == 0 };
        using var room = new BlockRoom(backend);
        for (int i = 0; i < 200; i++)
        {
            DriverQueue queue = room.Queues[0];
            room.Room.Interrupted.Reset();
            bool ended = queue.EnableInterrupts();
            Assert.False(ended);
            Sent sent = room.Send(BlockRequestType.Read, (ulong)i, dataIn: 512);
            Assert.True(room.Room.Interrupted.WaitOne(Native.Patience.Long));
            room.Room.Driver.TakeInterrupt();
            Assert.Equal(BlockStatus.Ok, room.WaitFor(sent).Status);
        }
    }

    [Fact]
    public void Limits_hold_requests_back_until_they_are_lifted()
    {
        var time = new ManualTime();
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, new VirtioBlockOptions { Limits = new RateLimits { Iops = 1, BurstRequests = 2 } }, time: time);
        Sent[] sent = [.. Enumerable.Range(0, 6).Select(i => room.Send(BlockRequestType.Read, (ulong)i, dataIn: 512))];
        room.WaitFor(sent[0]);
        room.WaitFor(sent[1]);
        Assert.Equal(2, room.Disk.Statistics.Reads.Count);
        Assert.Equal(1, room.Disk.Limits.Iops);
        room.Disk.Limits = new RateLimits();
        foreach (Sent one in sent[2..]) Assert.Equal(BlockStatus.Ok, room.WaitFor(one).Status);
    }

    [Fact]
    public void Reset_does_not_wait_for_limits()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, new VirtioBlockOptions { Limits = new RateLimits { BytesPerSecond = 1 } }, time: new ManualTime());
        room.AssertWorks();
        room.Send(BlockRequestType.Read, 0, dataIn: 512);
        room.Room.Driver.Status = 0;
        Assert.Equal(1, room.Disk.Statistics.Reads.Count);
    }

    private static void ResetQueue(BlockRoom room, uint queue)
    {
        room.Room.Driver.Write(0x030, queue);
        room.Room.Driver.Write(0x0C0, 1);
        Assert.Equal(0u, room.Room.Driver.Read(0x0C0));
        Assert.Equal(0u, room.Room.Driver.Read(0x044));
    }
}
