using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>The counter between threads.</summary>
[Collection(nameof(ExclusiveCollection))]
public class EventFdTests
{
    [Fact]
    public void Signals_add_up_until_they_are_taken()
    {
        using var bell = new EventFd();
        Assert.False(bell.TryTake(out ulong none));
        Assert.Equal(0ul, none);
        bell.Signal();
        bell.Signal(41);
        Assert.True(bell.TryTake(out ulong count));
        Assert.Equal(42ul, count);
        Assert.False(bell.TryTake());
    }

    [Fact]
    public void Full_counter_stays_full_and_nobody_waits()
    {
        using var bell = new EventFd();
        bell.Signal(ulong.MaxValue - 1); // the most that it holds
        bell.Signal();
        Assert.True(bell.TryTake(out ulong count));
        Assert.Equal(ulong.MaxValue - 1, count);
    }

    [Fact]
    public async Task Wait_ends_with_a_signal_or_with_its_time_and_takes_nothing()
    {
        using var bell = new EventFd();
        Assert.False(bell.Wait(TimeSpan.Zero));
        Assert.False(bell.Wait(TimeSpan.FromMilliseconds(1)));
        var waiter = Task.Run(() => bell.Wait(Timeout.InfiniteTimeSpan));
        bell.Signal();
        Assert.True(await waiter.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.True(bell.Wait(Timeout.InfiniteTimeSpan));
        Assert.True(bell.TryTake());
        Assert.False(bell.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void Closed_it_refuses_and_is_given_back_once()
    {
        NativeCounts before = NativeCounts.Now();
        var bell = new EventFd();
        Assert.Equal(before.Descriptors + 1, NativeResources.Descriptors);
        bell.Dispose();
        bell.Dispose();
        Assert.Throws<ObjectDisposedException>(() => bell.Signal());
        Assert.Throws<ObjectDisposedException>(() => bell.TryTake());
        Assert.Throws<ObjectDisposedException>(() => bell.Wait(TimeSpan.Zero));
        Assert.Equal(before, NativeCounts.Now());
    }

    [Fact]
    public async Task No_signal_of_many_threads_is_lost()
    {
        const int each = 10_000;
        using var bell = new EventFd();
        Task[] signallers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < each; i++) bell.Signal();
        }))];
        ulong taken = 0;
        while (!Task.WhenAll(signallers).IsCompleted)
        {
            if (bell.TryTake(out ulong some)) taken += some;
        }

        await Task.WhenAll(signallers);
        if (bell.TryTake(out ulong rest)) taken += rest;
        Assert.Equal(4ul * each, taken);
    }
}
