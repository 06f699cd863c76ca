using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>Devices that work on threads of their own: no wake-up is missed, and when they are told to stand still they do.</summary>
public sealed class VirtioThreadTests
{
    private const ushort Size = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void No_wake_up_is_missed(bool eventIndex, bool countsAcknowledgements)
    {
        const int requests = 200_000;
        using var room = new VirtioRoom(new EchoDevice(isThreaded: true, Size), countsAcknowledgements);
        DriverQueue queue = Start(room, eventIndex);
        DriverBuffer[] buffers = [new(0x8000, 8), new(0x9000, 8, IsWritable: true)];
        var random = new Random(1);
        int added = 0;
        int completed = 0;
        while (completed < requests)
        {
            for (int count = random.Next(1, 8); count > 0 && queue.Free >= 2 && added < requests; count--, added++) queue.Add(buffers);
            if (queue.Publish()) room.Driver.Notify(0);
            if (random.Next(4) == 0) queue.DisableInterrupts();
            while (queue.TryTake(out _, out _)) completed++;
            if (completed == added || queue.Free >= 2) continue;

            // The ring is full: sleep until an interrupt, unless completions came meanwhile.
            if (queue.EnableInterrupts()) continue;
            Assert.True(room.Interrupted.WaitOne(Patience), $"{completed} of {added} requests were completed, and nobody wakes the other.");
            if ((room.Driver.Read(0x060) & VirtioInterrupt.UsedBuffer) == 0) continue;
            if (countsAcknowledgements) room.CountAcknowledgement();
            else room.Driver.Write(0x064, VirtioInterrupt.UsedBuffer);
        }

        Assert.Empty(room.DriverFaults);
        Assert.Empty(room.Failures);
    }

    [Fact]
    public void A_reset_under_load_comes_back_and_leaves_the_memory_alone()
    {
        using var room = new VirtioRoom(new EchoDevice(isThreaded: true, Size));
        for (int round = 0; round < 50; round++)
        {
            DriverQueue queue = Start(room, eventIndex: round % 2 == 0);
            for (int i = 0; i < Size; i++) queue.Add(new DriverBuffer(0x9000, 8, IsWritable: true));
            queue.Publish();
            room.Driver.Notify(0);
            room.Driver.Status = 0;
            ushort used = queue.UsedIndex;
            room.Memory.Fill(new GuestAddress(queue.Used), 512, 0xEE);
            Thread.Yield();
            Assert.All(Read(room.Memory, queue.Used, 512), static b => Assert.Equal(0xEE, b));
            Assert.InRange(used, 0, Size);
            Assert.Empty(room.Failures);
        }
    }

    [Fact]
    public void Work_stands_still_while_it_is_quiesced_and_makes_up_for_what_was_rung()
    {
        using var bell = new EventFd();
        using var done = new SemaphoreSlim(0);
        int works = 0;
        using var thread = new VirtioQueueThread("kvm-t-q0", bell, Work, static failure => Assert.Fail(failure.Message));
        Assert.True(done.Wait(Patience));
        thread.Wake();
        Assert.True(done.Wait(Patience));

        thread.Quiesce();
        int before = Volatile.Read(ref works);
        thread.Wake();
        bell.Signal();
        Assert.False(done.Wait(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(before, Volatile.Read(ref works));
        thread.Resume();
        Assert.True(done.Wait(Patience));

        TimeSpan Work()
        {
            Interlocked.Increment(ref works);
            done.Release();
            return Timeout.InfiniteTimeSpan;
        }
    }

    [Fact]
    public void Work_is_done_again_when_its_time_is_over()
    {
        using var bell = new EventFd();
        using var done = new CountdownEvent(3);
        using var thread = new VirtioQueueThread("kvm-t-q0", bell, Work, static failure => Assert.Fail(failure.Message));
        Assert.True(done.Wait(Patience));

        TimeSpan Work()
        {
            if (!done.IsSet) done.Signal();
            return TimeSpan.FromMilliseconds(1);
        }
    }

    [Fact]
    public async Task An_exception_is_reported_and_ends_the_work_alone()
    {
        using var bell = new EventFd();
        // What follows must not run on the thread itself, which cannot wait for its own end.
        var reported = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var failure = new InvalidOperationException("broken");
        using (var thread = new VirtioQueueThread("kvm-t-q0", bell, () => throw failure, reported.SetResult))
        {
            Assert.Same(failure, await reported.Task.WaitAsync(Patience));
            thread.Quiesce();
        }
    }

    private static DriverQueue Start(VirtioRoom room, bool eventIndex)
    {
        Assert.True(room.Driver.Negotiate(MmioDriver.Version1 | (eventIndex ? MmioDriver.EventIndex : 0)));
        var queue = new DriverQueue(room.Memory, Size, 0x1000, eventIndex);
        Assert.True(room.Driver.SetUp(0, queue));
        room.Driver.Start();
        return queue;
    }

    private static byte[] Read(GuestMemory memory, ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(new GuestAddress(address), bytes);
        return bytes;
    }
}
