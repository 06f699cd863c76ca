using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>The source of random bytes, driven by honest and by greedy drivers.</summary>
public sealed class VirtioEntropyTests : IDisposable
{
    private const ulong Buffer = 0x2_0000;

    private readonly VirtioRoom _room = new(new VirtioEntropy("rng0"));
    private DriverQueue _queue = null!;

    public void Dispose() => _room.Dispose();

    [Fact]
    public void It_fills_what_is_offered_to_the_last_byte_and_nothing_beyond()
    {
        Start();
        _queue.Add(new DriverBuffer(Buffer, 5000, IsWritable: true), new DriverBuffer(Buffer + 0x8000, 100, IsWritable: true));

        Assert.Equal(5100u, Answer());

        byte[] bytes = Read(Buffer, 5100);
        Assert.InRange(bytes.AsSpan(0, 5000).Count((byte)0), 0, 200); // some twenty of them, if they are random
        Assert.InRange(bytes.AsSpan(4900, 100).Count((byte)0), 0, 20);
        Assert.InRange(Read(Buffer + 0x8000, 100).AsSpan().Count((byte)0), 0, 20);
        Assert.All(Read(Buffer + 0x8000 + 100, 100), static value => Assert.Equal(0, value));
    }

    [Fact]
    public void Two_requests_get_different_bytes()
    {
        Start();
        _queue.Add(new DriverBuffer(Buffer, 64, IsWritable: true));
        Answer();
        byte[] first = Read(Buffer, 64);
        _queue.Add(new DriverBuffer(Buffer, 64, IsWritable: true));
        Answer();

        Assert.NotEqual(first, Read(Buffer, 64));
    }

    [Fact]
    public void A_request_for_gigabytes_gets_as_much_as_any_other()
    {
        Start();
        var buffers = new DriverBuffer[8];
        Array.Fill(buffers, new DriverBuffer(VirtioRoom.HighStart, (uint)VirtioRoom.LowBytes, IsWritable: true));
        _queue.Add(buffers);

        Assert.Equal((uint)VirtioEntropy.MostBytes, Answer());
        Assert.Equal(0ul, _room.Memory.Read<ulong>(new GuestAddress(VirtioRoom.HighStart + VirtioEntropy.MostBytes)));
    }

    [Fact]
    public void A_request_without_room_is_a_fault_of_the_driver_and_a_reset_mends_it()
    {
        Start();
        _queue.Add(new DriverBuffer(Buffer, 64));
        _queue.Publish();
        _room.Driver.Notify(0);
        Assert.True(SpinWait.SpinUntil(() => _room.Driver.IsBroken, TimeSpan.FromSeconds(30)));
        Assert.Equal("a request for random bytes without room for one", Assert.Single(_room.DriverFaults));

        Start();
        _queue.Add(new DriverBuffer(Buffer, 64, IsWritable: true));
        Assert.Equal(64u, Answer());
        Assert.Empty(_room.Failures);
    }

    [Fact]
    public void A_reset_ends_a_driver_that_never_has_enough()
    {
        Start();
        for (int i = 0; i < 8; i++) _queue.Add(new DriverBuffer(VirtioRoom.HighStart, (uint)VirtioRoom.LowBytes, IsWritable: true));
        _queue.Publish();
        _room.Driver.Notify(0);
        _room.Driver.Status = 0; // returns when the thread has ended

        _room.Memory.Fill(new GuestAddress(VirtioRoom.HighStart), VirtioEntropy.MostBytes, 0);
        Assert.All(Read(VirtioRoom.HighStart, VirtioEntropy.MostBytes), static value => Assert.Equal(0, value));
        Assert.Empty(_room.Failures);
    }

    [Fact]
    public async Task It_gives_nothing_while_it_stands_still()
    {
        Start();
        _room.Transport.Quiesce(CancellationToken.None);
        _queue.Add(new DriverBuffer(Buffer, 64, IsWritable: true));
        _queue.Publish();
        _room.Driver.Notify(0);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, _queue.UsedIndex);
        Assert.All(Read(Buffer, 64), static value => Assert.Equal(0, value));

        _room.Transport.Resume();
        uint written = 0;
        Assert.True(SpinWait.SpinUntil(() => _queue.TryTake(out _, out written), TimeSpan.FromSeconds(30)));
        Assert.Equal(64u, written);
    }

    private void Start()
    {
        Assert.True(_room.Driver.Negotiate(MmioDriver.Version1));
        _queue = new DriverQueue(_room.Memory, 8, 0x1000);
        Assert.True(_room.Driver.SetUp(0, _queue));
        _room.Driver.Start();
    }

    /// <summary>Shows the device the request, and waits for how many bytes it got.</summary>
    private uint Answer()
    {
        _queue.Publish();
        _room.Driver.Notify(0);
        uint written = 0;
        Assert.True(SpinWait.SpinUntil(() => _queue.TryTake(out _, out written), TimeSpan.FromSeconds(30)));
        return written;
    }

    private byte[] Read(ulong at, int count)
    {
        byte[] bytes = new byte[count];
        _room.Memory.Read(new GuestAddress(at), bytes);
        return bytes;
    }
}
