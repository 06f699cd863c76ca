using System.Collections.Concurrent;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

public class EndingsTests
{
    [Fact]
    public void One_that_fails_keeps_none_of_the_others_alive()
    {
        var ended = new ConcurrentBag<int>();

        var errors = Assert.Throws<AggregateException>(() => Endings.All(
            [1, 2, 3],
            number =>
            {
                if (number == 1) throw new InvalidOperationException("the first");
                ended.Add(number);
            },
            Timeout.InfiniteTimeSpan));

        Assert.Equal("the first", Assert.Single(errors.InnerExceptions).Message);
        Assert.Equal([2, 3], ended.Order());
    }

    [Fact]
    public void One_that_is_stuck_is_not_waited_for_for_ever()
    {
        using var stuck = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();

        bool all = Endings.All([stuck, ended], thing => { if (thing == stuck) stuck.Wait(); else ended.Set(); }, TimeSpan.FromMilliseconds(50));

        Assert.False(all);
        Assert.True(ended.Wait(Patience.Long, TestContext.Current.CancellationToken));
        stuck.Set();
    }

    [Fact]
    public void Nothing_to_end_is_no_reason_to_wait() => Assert.True(Endings.All(Array.Empty<int>(), static _ => { }, Timeout.InfiniteTimeSpan));
}
