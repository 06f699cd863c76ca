using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>InterruptStatus, the edge that goes with it, and acknowledgements that come by themselves.</summary>
public sealed class VirtioInterruptTests
{
    private readonly FakeLine _line = new();

    [Fact]
    public void Each_event_is_an_edge_and_the_bits_stay_until_they_are_acknowledged()
    {
        var interrupt = new VirtioInterrupt(_line);
        interrupt.Raise(VirtioInterrupt.UsedBuffer);
        interrupt.Raise(VirtioInterrupt.UsedBuffer);
        interrupt.Raise(VirtioInterrupt.ConfigurationChange);
        Assert.Equal((3, false), (_line.Edges, _line.Asserted));
        Assert.Equal(3u, interrupt.Read());
        interrupt.Acknowledge(VirtioInterrupt.UsedBuffer | 0xFFFF_FFFC);
        Assert.Equal(VirtioInterrupt.ConfigurationChange, interrupt.Read());
    }

    [Fact]
    public void Acknowledgements_that_are_counted_take_effect_before_the_next_look()
    {
        using var counter = new EventFd();
        var interrupt = new VirtioInterrupt(_line, counter);
        interrupt.Raise(VirtioInterrupt.UsedBuffer | VirtioInterrupt.ConfigurationChange);
        counter.Signal();
        Assert.Equal(VirtioInterrupt.ConfigurationChange, interrupt.Read());
    }

    [Fact]
    public void An_acknowledgement_from_before_an_event_does_not_hide_it()
    {
        using var counter = new EventFd();
        var interrupt = new VirtioInterrupt(_line, counter);
        interrupt.Raise(VirtioInterrupt.UsedBuffer);
        counter.Signal(3);
        interrupt.Raise(VirtioInterrupt.UsedBuffer);
        Assert.Equal(VirtioInterrupt.UsedBuffer, interrupt.Read());
    }

    [Fact]
    public void A_machine_that_has_ended_acknowledges_nothing()
    {
        var counter = new EventFd();
        var interrupt = new VirtioInterrupt(_line, counter);
        counter.Dispose();
        interrupt.Raise(VirtioInterrupt.UsedBuffer);
        Assert.Equal(VirtioInterrupt.UsedBuffer, interrupt.Read());
    }

    /// <summary>
    /// The device publishes and raises; the guest handles each edge by status, acknowledgement, look. The guest never misses the last publication,
    /// whichever way its acknowledgements take.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_event_is_lost_between_two_threads_that_raise_and_a_handler(bool isCounted)
    {
        const int each = 20_000;
        using var counter = new EventFd();
        using var edge = new SemaphoreSlim(0);
        var interrupt = new VirtioInterrupt(new SemaphoreLine(edge), isCounted ? counter : null);
        int published = 0;
        int seen = 0;
        Task[] devices = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < each; i++)
            {
                Interlocked.Increment(ref published);
                interrupt.Raise(VirtioInterrupt.UsedBuffer);
            }
        }))];
        var handler = Task.Run(() =>
        {
            while (Volatile.Read(ref seen) < 2 * each)
            {
                Assert.True(edge.Wait(TimeSpan.FromMinutes(1)), $"{Volatile.Read(ref seen)} of {Volatile.Read(ref published)} events were seen, and no edge is left.");
                if ((interrupt.Read() & VirtioInterrupt.UsedBuffer) == 0) continue; // not for this device, says its driver
                if (isCounted) counter.Signal();
                else interrupt.Acknowledge(VirtioInterrupt.UsedBuffer);
                seen = Volatile.Read(ref published);
            }
        });
        await Task.WhenAll([.. devices, handler]);
    }

    /// <summary>Edges that are counted, as an interrupt controller latches them.</summary>
    private sealed class SemaphoreLine(SemaphoreSlim edges) : KvmPS.Core.Devices.IInterruptLine
    {
        private bool _level;

        public void Set(bool asserted)
        {
            // The controller remembers one edge while another is handled, and no more.
            if (asserted && !_level && edges.CurrentCount == 0) edges.Release();
            _level = asserted;
        }
    }
}
