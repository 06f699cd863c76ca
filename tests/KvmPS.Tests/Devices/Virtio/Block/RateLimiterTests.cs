using KvmPS.Core.Devices.Virtio.Block;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio.Block;

public class RateLimiterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    [Fact]
    public void Without_limits_nobody_waits()
    {
        var limiter = new RateLimiter(_time, new RateLimits());
        for (int i = 0; i < 1000; i++) limiter.Take(long.MaxValue);
        Assert.Equal(TimeSpan.Zero, limiter.Wait());
    }

    [Fact]
    public void Burst_passes_and_then_the_rate_holds()
    {
        var limiter = new RateLimiter(_time, new RateLimits { Iops = 10, BurstRequests = 5 });
        Assert.Equal(5, TakeAll(limiter));
        for (int i = 0; i < 20; i++)
        {
            TimeSpan wait = limiter.Wait();
            Assert.InRange(wait, TimeSpan.FromTicks(1), Second / 10 + TimeSpan.FromTicks(2));
            _time.Advance(wait);
            Assert.Equal(TimeSpan.Zero, limiter.Wait());
            limiter.Take(0);
        }

        Assert.InRange(_time.GetTimestamp(), (Second * 1.9).Ticks, (Second * 2.1).Ticks);
        _time.Advance(Second * 100);
        Assert.Equal(5, TakeAll(limiter)); // a long rest saves no more than a burst
    }

    [Fact]
    public void Big_request_passes_and_those_after_it_pay()
    {
        var limiter = new RateLimiter(_time, new RateLimits { BytesPerSecond = 1000, BurstBytes = 100 });
        Assert.Equal(TimeSpan.Zero, limiter.Wait());
        limiter.Take(5100);
        Assert.InRange(limiter.Wait(), Second * 5, Second * 5.001);
        _time.Advance(Second * 4);
        Assert.InRange(limiter.Wait(), Second, Second * 1.001);
        _time.Advance(Second * 1.1);
        Assert.Equal(TimeSpan.Zero, limiter.Wait());
    }

    [Fact]
    public void The_stricter_of_two_limits_counts()
    {
        var limiter = new RateLimiter(_time, new RateLimits { Iops = 1, BytesPerSecond = 1000, BurstRequests = 1, BurstBytes = 1 });
        limiter.Take(1);
        Assert.InRange(limiter.Wait(), TimeSpan.FromTicks(1), Second);
        _time.Advance(Second * 1.1);
        Assert.Equal(TimeSpan.Zero, limiter.Wait());
        limiter.Take(10_000);
        Assert.InRange(limiter.Wait(), Second * 9.9, Second * 10.1);
    }

    [Fact]
    public void Default_burst_is_a_tenth_of_a_second_and_at_least_one()
    {
        Assert.Equal(100, TakeAll(new RateLimiter(_time, new RateLimits { Iops = 1000 })));
        Assert.Equal(1, TakeAll(new RateLimiter(_time, new RateLimits { Iops = 2 })));
    }

    [Fact]
    public void New_limits_hold_at_once()
    {
        var limiter = new RateLimiter(_time, new RateLimits { Iops = 1 });
        limiter.Take(0);
        limiter.Take(0);
        Assert.NotEqual(TimeSpan.Zero, limiter.Wait());
        limiter.Limits = new RateLimits { Iops = 1000 };
        Assert.Equal(TimeSpan.Zero, limiter.Wait());
        limiter.Limits = new RateLimits();
        limiter.Take(long.MaxValue);
        Assert.Equal(TimeSpan.Zero, limiter.Wait());
        Assert.Throws<ArgumentOutOfRangeException>(() => limiter.Limits = new RateLimits { Iops = -1 });
    }

    [Fact]
    public void Extremes_are_times_too()
    {
        var limiter = new RateLimiter(_time, new RateLimits { BytesPerSecond = 1, BurstBytes = 1 });
        for (int i = 0; i < 100; i++) limiter.Take(long.MaxValue);
        Assert.True(limiter.Wait() > Second);
        Assert.Equal(TimeSpan.Zero, new RateLimiter(_time, new RateLimits { Iops = long.MaxValue, BytesPerSecond = long.MaxValue }).Wait());
    }

    /// <summary>How many requests pass without waiting.</summary>
    private static int TakeAll(RateLimiter limiter)
    {
        int count = 0;
        for (; limiter.Wait() == TimeSpan.Zero; count++) limiter.Take(0);
        return count;
    }
}
