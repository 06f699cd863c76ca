using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Native;
using Xunit;
using static KvmPS.Tests.Devices.Virtio.Block.BlockRoom;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>Hosts that fail, and caches that are there or not.</summary>
public class VirtioBlockErrorTests
{
    private const int Enospc = 28;
    private const int Eopnotsupp = 95;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Failure_of_the_host_is_an_error_to_the_guest_and_the_machine_goes_on(bool atOnce)
    {
        using var backend = new FakeBackend { WritesAtOnce = atOnce, ReadsAtOnce = _ => atOnce };
        using var room = new BlockRoom(backend);
        var full = new HostIOException("pwritev", "/disk", Enospc);
        backend.Fault = call => call == "write" ? full : null;
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Write, 8, Pattern(1024, 1)).Status);
        Assert.Equal(new DiskError("disk0", DiskOperation.Write, 4096, 1024, full), Assert.Single(room.Errors));
        Assert.True(((HostIOException)room.Errors[0].Exception).IsNoSpace);

        backend.Fault = static call => call is "read" or "flush" or "discard" ? new IOException("bad medium") : null;
        Ended read = room.Do(BlockRequestType.Read, 0, dataIn: 512);
        Assert.Equal((BlockStatus.IOError, 0u), (read.Status, read.Written));
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Flush, 0).Status);
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Discard, 0, Ranges(new Extent(1, 2, 0))).Status);
        Assert.Equal([DiskOperation.Write, DiskOperation.Read, DiskOperation.Flush, DiskOperation.Discard], room.Errors.Select(static error => error.Operation));
        DiskStatistics statistics = room.Disk.Statistics;
        Assert.Equal((4, 4, 0), (statistics.Errors, statistics.Requests, statistics.Writes.Bytes + statistics.Reads.Bytes));

        backend.Fault = static _ => null;
        room.AssertWorks();
        Assert.False(room.Room.Driver.IsBroken);
    }

    [Fact]
    public void What_the_host_cannot_do_is_not_supported()
    {
        using var backend = new FakeBackend { Fault = static call => call == "discard" ? new HostIOException("fallocate", "/disk", Eopnotsupp) : null };
        using var room = new BlockRoom(backend);
        Assert.Equal(BlockStatus.Unsupported, room.Do(BlockRequestType.Discard, 0, Ranges(new Extent(1, 2, 0))).Status);
        Assert.Empty(room.Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fault_of_ours_costs_the_guest_the_device_until_its_reset(bool atOnce)
    {
        using var backend = new FakeBackend { WritesAtOnce = atOnce };
        var room = new BlockRoom(backend);
        backend.Fault = static _ => new InvalidOperationException("impossible");
        room.Send(BlockRequestType.Write, 0, new byte[512]);
        Assert.True(SpinWait.SpinUntil(() => room.Room.Driver.IsBroken && room.Room.Failures.Count == 1, Native.Patience.Long));
        backend.Fault = static _ => null;
        room.Renew();
        room.Start();
        room.AssertWorks();
        Assert.Equal("impossible", Assert.Single(room.Room.Failures).Message);
        room.Room.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_through_flushes_before_a_write_ends_and_the_driver_chooses(bool atOnce)
    {
        using var backend = new FakeBackend { WritesAtOnce = atOnce };
        using var room = new BlockRoom(backend);
        Assert.True(room.Disk.IsWriteBack);
        room.Room.Transport.Write(0x120, [0]);
        Assert.False(room.Disk.IsWriteBack);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Write, 0, new byte[512]).Status);
        Assert.Equal(["write 0+512", "flush 0+0"], backend.Calls);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.WriteZeroes, 0, Ranges(new Extent(0, 1, 0))).Status);
        Assert.Equal(["zero 0+512", "flush 0+0"], backend.Calls[2..]);
        room.Room.Transport.Write(0x120, [1]);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Write, 0, new byte[512]).Status);
        Assert.Equal(["write 0+512"], backend.Calls[4..]);
    }

    [Fact]
    public void Write_that_cannot_be_flushed_has_failed_in_write_through()
    {
        using var backend = new FakeBackend { Fault = static call => call == "flush" ? new IOException("lost") : null };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { WriteBack = false });
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Write, 0, new byte[512]).Status);
    }

    [Fact]
    public void Disk_that_promises_write_through_keeps_to_it()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, new VirtioBlockOptions { WriteBack = false });
        room.Room.Transport.Write(0x120, [1]);
        byte[] field = [9];
        room.Room.Transport.Read(0x120, field);
        Assert.Equal(0, field[0]);
        Assert.False(room.Disk.IsWriteBack);
    }

    [Fact]
    public void Driver_that_cannot_flush_gets_no_cache()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, without: BlockFeature.Flush | BlockFeature.ConfigWriteCache);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Write, 0, new byte[512]).Status);
        Assert.Equal(["write 0+512", "flush 0+0"], backend.Calls);
    }

    [Fact]
    public void Next_driver_does_not_inherit_the_choice()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        room.Room.Transport.Write(0x11E, [1, 1, 0, 1]); // across the field's neighbours
        Assert.False(room.Disk.IsWriteBack);
        room.Room.Driver.Status = 0;
        Assert.True(room.Disk.IsWriteBack);
    }
}
