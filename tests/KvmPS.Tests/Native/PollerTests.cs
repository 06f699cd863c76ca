using KvmPS.Native;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Waiting for many files, and the races of those that come, go and end.</summary>
[Collection(nameof(ExclusiveCollection))]
public class PollerTests
{
    private static readonly TimeSpan Forever = Timeout.InfiniteTimeSpan;

    [Fact]
    public void Ready_file_is_told_by_its_name_for_as_long_as_it_is_ready()
    {
        using var poller = new Poller();
        using var quiet = new EventFd();
        using var bell = new EventFd();
        poller.Add(quiet, PollEvents.Readable, "quiet");
        poller.Add(bell, PollEvents.Readable, "bell");
        Assert.Empty(Look(poller));
        bell.Signal();
        Assert.Equal([new PollReady("bell", PollEvents.Readable)], Look(poller));
        Assert.Equal([new PollReady("bell", PollEvents.Readable)], Look(poller));
        Assert.True(bell.TryTake());
        Assert.Empty(Look(poller));
    }

    [Fact]
    public void What_a_file_is_watched_for_can_change()
    {
        using var poller = new Poller();
        using var bell = new EventFd();
        poller.Add(bell, PollEvents.Readable, "bell");
        Assert.Empty(Look(poller));
        poller.Change(bell, PollEvents.Readable | PollEvents.Writable);
        Assert.Equal([new PollReady("bell", PollEvents.Writable)], Look(poller));
        bell.Signal();
        Assert.Equal([new PollReady("bell", PollEvents.Readable | PollEvents.Writable)], Look(poller));
        poller.Change(bell, PollEvents.None);
        Assert.Empty(Look(poller));
    }

    [Fact]
    public void More_that_are_ready_than_there_is_room_for_get_their_turn()
    {
        using var poller = new Poller();
        EventFd[] bells = [.. Enumerable.Range(0, 3).Select(_ => new EventFd())];
        foreach (EventFd bell in bells)
        {
            poller.Add(bell, PollEvents.Readable, bell);
            bell.Signal();
        }

        var seen = new HashSet<object>();
        PollReady[] room = new PollReady[1];
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(1, poller.Wait(room, TimeSpan.Zero));
            seen.Add(room[0].State);
        }

        Assert.Equal(bells.ToHashSet<object>(), seen);
        foreach (EventFd bell in bells) bell.Dispose();
        Assert.Throws<ArgumentException>(() => poller.Wait([], TimeSpan.Zero));
    }

    [Fact]
    public void Removed_file_is_not_told_of_even_if_it_is_ready()
    {
        using var poller = new Poller();
        using var bell = new EventFd();
        poller.Add(bell, PollEvents.Readable, "bell");
        bell.Signal();
        Assert.True(poller.Remove(bell));
        Assert.False(poller.Remove(bell));
        Assert.Empty(Look(poller));
        poller.Add(bell, PollEvents.Readable, "again");
        Assert.Equal("again", Assert.Single(Look(poller)).State);
    }

    [Fact]
    public void Watched_file_stays_open_until_it_is_removed()
    {
        NativeCounts before = NativeCounts.Now();
        using (var poller = new Poller())
        {
            int withPoller = NativeResources.Descriptors;
            var removed = new EventFd();
            var forgotten = new EventFd();
            poller.Add(removed, PollEvents.Readable, "removed");
            poller.Add(forgotten, PollEvents.Readable, "forgotten");
            removed.Dispose();
            forgotten.Dispose();
            Assert.Equal(withPoller + 2, NativeResources.Descriptors);
            Assert.True(poller.Remove(removed));
            Assert.Equal(withPoller + 1, NativeResources.Descriptors);
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    [Fact]
    public void Mistakes_are_named_and_hold_nothing()
    {
        NativeCounts before = NativeCounts.Now();
        string path = Path.GetTempFileName();
        using (var poller = new Poller())
        using (var bell = new EventFd())
        using (SafeFileHandle file = File.OpenHandle(path))
        {
            poller.Add(bell, PollEvents.Readable, "bell");
            Assert.Equal("EEXIST", Assert.Throws<KvmException>(() => poller.Add(bell, PollEvents.Readable, "twice")).ErrnoName);
            Assert.Equal("EPERM", Assert.Throws<KvmException>(() => poller.Add(file, PollEvents.Readable, "always ready")).ErrnoName);
            Assert.False(poller.Remove(file));
            Assert.True(poller.Remove(bell));
            Assert.Equal("ENOENT", Assert.Throws<KvmException>(() => poller.Change(bell, PollEvents.Readable)).ErrnoName);
            file.Dispose();
            Assert.True(file.IsClosed);
            Assert.Throws<ObjectDisposedException>(() => poller.Add(file, PollEvents.Readable, "closed"));
        }

        File.Delete(path);
        Assert.Equal(before, NativeCounts.Now());
    }

    [Fact]
    public void Wake_ends_the_next_wait_and_one_only()
    {
        using var poller = new Poller();
        poller.Wake();
        poller.Wake();
        Assert.Equal(0, GuestRig.Within(() => poller.Wait(new PollReady[1], Forever)));
        using var bell = new EventFd();
        poller.Add(bell, PollEvents.Readable, "bell");
        bell.Signal();
        Assert.Equal(1, GuestRig.Within(() => poller.Wait(new PollReady[1], Forever)));
    }

    [Fact]
    public void Wake_ends_a_wait_that_is_under_way()
    {
        using var poller = new Poller();
        for (int round = 0; round < 200; round++)
        {
            Task<int> waiter = Start(() => poller.Wait(new PollReady[1], Forever));
            if (round % 2 == 0) Thread.Yield();
            poller.Wake();
            Assert.Equal(0, GuestRig.Within(() => waiter.GetAwaiter().GetResult()));
        }
    }

    [Fact]
    public void Dispose_ends_all_waits_and_gives_everything_back()
    {
        NativeCounts before = NativeCounts.Now();
        for (int round = 0; round < 200; round++)
        {
            var poller = new Poller();
            using var bell = new EventFd();
            poller.Add(bell, PollEvents.Readable, "bell");
            Task<int>[] waiters = [.. Enumerable.Range(0, 3).Select(_ => Start(() => poller.Wait(new PollReady[1], Forever)))];
            if (round % 2 == 0) Thread.Yield();
            poller.Dispose();
            poller.Dispose();
            foreach (Task<int> waiter in waiters)
                Assert.Throws<ObjectDisposedException>(() => GuestRig.Within(() => waiter.GetAwaiter().GetResult()));
            Assert.Throws<ObjectDisposedException>(() => poller.Add(bell, PollEvents.Readable, "late"));
            Assert.Throws<ObjectDisposedException>(poller.Wake);
            Assert.False(poller.Remove(bell));
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    /// <summary>Descriptors' numbers are used again at once, so that a stale answer would name somebody else's file.</summary>
    [Fact]
    public async Task Files_that_come_and_go_are_told_by_their_own_names()
    {
        const int rounds = 2_000;
        NativeCounts before = NativeCounts.Now();
        using (var poller = new Poller())
        {
            int wrong = 0;
            Task<int> loop = Start(() =>
            {
                PollReady[] room = new PollReady[8];
                try
                {
                    while (true)
                    {
                        foreach (PollReady ready in room.AsSpan(0, poller.Wait(room, Forever)))
                        {
                            var ticket = (Ticket)ready.State;
                            if (!ticket.IsRung) Interlocked.Increment(ref wrong);
                            ticket.Told.Set();
                        }
                    }
                }
                catch (ObjectDisposedException)
                {
                    return wrong;
                }
            });
            Task[] workers = [.. Enumerable.Range(0, 3).Select(_ => Start(() =>
            {
                for (int i = 0; i < rounds; i++) ComeAndGo(poller, isRung: i % 2 == 0);
                return 0;
            }))];
            await Task.WhenAll(workers).WaitAsync(3 * Patience.Long, TestContext.Current.CancellationToken);
            poller.Dispose();
            Assert.Equal(0, await loop.WaitAsync(Patience.Long, TestContext.Current.CancellationToken));
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    private static void ComeAndGo(Poller poller, bool isRung)
    {
        using var bell = new EventFd();
        using var told = new ManualResetEventSlim();
        poller.Add(bell, PollEvents.Readable, new Ticket(isRung, told));
        if (isRung)
        {
            bell.Signal();
            Assert.True(told.Wait(Patience.Long), "A file that is ready was not told of.");
            bell.TryTake();
        }

        Assert.True(poller.Remove(bell));
    }

    private static PollReady[] Look(Poller poller)
    {
        PollReady[] room = new PollReady[8];
        return room[..poller.Wait(room, TimeSpan.Zero)];
    }

    private static Task<int> Start(Func<int> function) =>
        Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed record Ticket(bool IsRung, ManualResetEventSlim Told);
}
