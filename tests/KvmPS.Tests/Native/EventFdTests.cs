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
    public void Closed_it_refuses_and_is_given_back_once()
    {
        NativeCounts before = NativeCounts.Now();
        var bell = new EventFd();
        Assert.Equal(before.Descriptors + 1, NativeResources.Descriptors);
        bell.Dispose();
        bell.Dispose();
        Assert.Throws<ObjectDisposedException>(() => bell.Signal());
        Assert.Throws<ObjectDisposedException>(() => bell.TryTake());
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
