using KvmPS.Core.Devices.Virtio;
using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>How a queue's thread learns whether to look for requests or to sleep.</summary>
public sealed class PollWindowTests : IDisposable
{
    private readonly SteppingTime _time = new();
    private readonly VirtioRoom _room = new(new EchoDevice(isThreaded: false, 8));
    private readonly PollWindow _window;
    private readonly DriverQueue _driver;
    private readonly Queue _queue;

    public PollWindowTests()
    {
        _window = new PollWindow(_time);
        _driver = new DriverQueue(_room.Memory, 8, 0x1000);
        Assert.True(_room.Driver.Negotiate(MmioDriver.Version1));
        Assert.True(_room.Driver.SetUp(0, _driver));
        _room.Driver.Start();
        _queue = ((EchoDevice)_room.Transport.Device).Context!.Queues[0];
    }

    public void Dispose() => _room.Dispose();

    [Fact]
    public void The_first_look_is_none() => Assert.False(_window.Poll(_queue));

    [Fact]
    public void Requests_that_come_soon_make_the_next_look_longer_up_to_a_limit()
    {
        TimeSpan before = TimeSpan.Zero;
        for (int i = 0; i < 4; i++)
        {
            Sleep(before + TimeSpan.FromMicroseconds(2));
            Assert.True(_window.Length > before);
            before = _window.Length;
        }

        Sleep(TimeSpan.FromMicroseconds(45));
        Assert.Equal(TimeSpan.FromMicroseconds(50), _window.Length);
    }

    [Fact]
    public void A_request_that_is_there_is_met()
    {
        Sleep(TimeSpan.FromMicroseconds(3));
        _driver.Add(new DriverBuffer(0x8000, 16));
        _driver.Publish();
        Assert.True(_window.Poll(_queue));
    }

    [Fact]
    public void A_request_that_comes_late_ends_the_looking()
    {
        Sleep(TimeSpan.FromMicroseconds(3));
        Assert.NotEqual(TimeSpan.Zero, _window.Length);
        Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.Zero, _window.Length);
    }

    [Fact]
    public void What_happens_between_requests_of_a_busy_driver_teaches_nothing()
    {
        Sleep(TimeSpan.FromMicroseconds(3));
        TimeSpan before = _window.Length;
        _time.Now += TimeSpan.TicksPerSecond;
        _window.End(); // nobody had nothing to do
        Assert.Equal(before, _window.Length);
    }

    /// <summary>Nothing to do for a while.</summary>
    private void Sleep(TimeSpan time)
    {
        long start = _time.Now;
        Assert.False(_window.Poll(_queue));
        _time.Now = Math.Max(_time.Now, start + time.Ticks);
        _window.End();
    }

    /// <summary>A clock that goes on by 100 ns whenever it is looked at.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now++;
    }
}
