using System.Buffers.Binary;
using System.Text;
using KvmPS.Core.Block;
using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Stress.Virtio;
using Xunit;
using static KvmPS.Tests.Devices.Virtio.Block.BlockRoom;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>Each request, as a driver that keeps to the rules sends it.</summary>
public class VirtioBlockTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_brings_what_is_on_the_disk(bool atOnce)
    {
        using var backend = new FakeBackend { ReadsAtOnce = _ => atOnce };
        Pattern(backend.Bytes.Length, 1).CopyTo(backend.Bytes, 0);
        using var room = new BlockRoom(backend);
        Ended ended = room.Do(BlockRequestType.Read, 7, dataIn: 4096);
        Assert.Equal(BlockStatus.Ok, ended.Status);
        Assert.Equal(4097u, ended.Written);
        Assert.Equal(backend.Bytes[(7 * 512)..(15 * 512)], ended.Data);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_changes_its_sectors_and_no_others(bool atOnce)
    {
        using var backend = new FakeBackend { WritesAtOnce = atOnce };
        using var room = new BlockRoom(backend);
        byte[] data = Pattern(1536, 2);
        Ended ended = room.Do(BlockRequestType.Write, 5, data);
        Assert.Equal((BlockStatus.Ok, 1u), (ended.Status, ended.Written));
        Assert.Equal(data, backend.Bytes[2560..4096]);
        Assert.All(backend.Bytes[..2560].Concat(backend.Bytes[4096..]), static value => Assert.Equal(0, value));
    }

    [Fact]
    public void Flush_comes_after_the_writes_that_had_ended()
    {
        using var backend = new FakeBackend { WritesAtOnce = false };
        using var room = new BlockRoom(backend);
        Sent[] writes = [.. Enumerable.Range(0, 20).Select(i => room.Send(BlockRequestType.Write, (ulong)i, new byte[512]))];
        foreach (Sent write in writes) Assert.Equal(BlockStatus.Ok, room.WaitFor(write).Status);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Flush, 0).Status);
        Assert.Equal(21, backend.Calls.Length);
        Assert.Equal("flush 0+0", backend.Calls[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(64)]
    public void Serial_number_fills_what_room_there_is(int length)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, new VirtioBlockOptions { Serial = "KVMPS-0042" });
        Ended ended = room.Do(BlockRequestType.GetId, 0, dataIn: length);
        byte[] serial = new byte[20];
        Encoding.ASCII.GetBytes("KVMPS-0042", serial);
        int count = Math.Min(length, 20);
        Assert.Equal(BlockStatus.Ok, ended.Status);
        Assert.Equal(serial[..count], ended.Data[..count]);
        Assert.Equal((uint)(length <= 20 ? length + 1 : 20), ended.Written);
    }

    [Fact]
    public void Discards_and_zeroes_reach_the_backend_range_by_range()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Discard, 0, Ranges(new Extent(8, 8, 0), new Extent(100, 0, 0), new Extent(2047, 1, 0))).Status);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.WriteZeroes, 0, Ranges(new Extent(0, 16, 0), new Extent(16, 4, 1))).Status);
        Assert.Equal(["discard 4096+4096", "discard 1048064+512", "zero 0+8192", "unmap 8192+2048"], backend.Calls);
        DiskStatistics statistics = room.Disk.Statistics;
        Assert.Equal((4608, 10240), (statistics.Discards.Bytes, statistics.ZeroWrites.Bytes));
    }

    [Theory]
    [InlineData(BlockRequestType.Discard, 1)] // unmap is for zeroes
    [InlineData(BlockRequestType.Discard, 2)]
    [InlineData(BlockRequestType.WriteZeroes, 2)]
    [InlineData(BlockRequestType.WriteZeroes, 0x8000_0001)]
    public void Unknown_flag_of_a_range_is_not_supported(BlockRequestType type, uint flags)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        Assert.Equal(BlockStatus.Unsupported, room.Do(type, 0, Ranges(new Extent(0, 8, 0), new Extent(8, 8, flags))).Status);
        Assert.Empty(backend.Calls);
    }

    [Theory]
    [InlineData(0x7FF, 2u)]
    [InlineData(0x800, 1u)]
    [InlineData(ulong.MaxValue, 1u)]
    [InlineData(ulong.MaxValue, uint.MaxValue)]
    [InlineData(0, (1u << 22) + 1)]
    [InlineData(1ul << 55, 1u)]
    public void Range_that_is_not_on_the_disk_spoils_the_whole_request(ulong sector, uint sectors)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Discard, 0, Ranges(new Extent(0, 8, 0), new Extent(sector, sectors, 0))).Status);
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.WriteZeroes, 0, Ranges(new Extent(0, 8, 0), new Extent(sector, sectors, 1))).Status);
        Assert.Empty(backend.Calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(16 * 65)]
    public void Number_of_ranges_is_checked(int bytes)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Discard, 0, new byte[bytes]).Status);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Discard, 0, new byte[16 * 64]).Status);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(14)]
    [InlineData(uint.MaxValue)]
    public void Unknown_request_is_not_supported(uint type)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        Ended ended = room.Do((BlockRequestType)type, 0, new byte[512]);
        Assert.Equal((BlockStatus.Unsupported, 1u), (ended.Status, ended.Written));
        Assert.Equal(1, room.Disk.Statistics.Others.Errors);
    }

    [Fact]
    public void What_was_not_agreed_on_is_not_supported()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, without: BlockFeature.Discard | BlockFeature.WriteZeroes);
        Assert.Equal(BlockStatus.Unsupported, room.Do(BlockRequestType.Discard, 0, Ranges(new Extent(0, 8, 0))).Status);
        Assert.Equal(BlockStatus.Unsupported, room.Do(BlockRequestType.WriteZeroes, 0, Ranges(new Extent(0, 8, 0))).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_only_disk_refuses_all_changes(bool byBackend)
    {
        using var backend = new FakeBackend { IsReadOnly = byBackend };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { ReadOnly = !byBackend });
        Assert.Equal(BlockFeature.ReadOnly, room.Disk.Features & (BlockFeature.ReadOnly | BlockFeature.Discard | BlockFeature.WriteZeroes));
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Write, 0, Pattern(512, 3)).Status);
        Assert.Equal(BlockStatus.Unsupported, room.Do(BlockRequestType.Discard, 0, Ranges(new Extent(0, 8, 0))).Status);
        Assert.Equal(BlockStatus.Unsupported, room.Do(BlockRequestType.WriteZeroes, 0, Ranges(new Extent(0, 8, 0))).Status);
        Assert.Empty(backend.Calls);
        Assert.All(backend.Bytes, static value => Assert.Equal(0, value));
        room.AssertWorks();
    }

    [Theory]
    [InlineData(2047, 512, BlockStatus.Ok)]
    [InlineData(2048, 0, BlockStatus.Ok)]
    [InlineData(2049, 0, BlockStatus.IOError)]
    [InlineData(2047, 1024, BlockStatus.IOError)]
    [InlineData(2048, 512, BlockStatus.IOError)]
    [InlineData(1ul << 55, 512, BlockStatus.IOError)] // its byte is 0 modulo 2^64
    [InlineData(ulong.MaxValue, 512, BlockStatus.IOError)]
    [InlineData(ulong.MaxValue, 1024, BlockStatus.IOError)]
    [InlineData(0, 100, BlockStatus.IOError)]
    [InlineData(0, 513, BlockStatus.IOError)]
    public void Transfers_stay_on_the_disk_and_are_whole_sectors(ulong sector, int length, BlockStatus expected)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        Ended read = room.Do(BlockRequestType.Read, sector, dataIn: length);
        Assert.Equal((expected, expected == BlockStatus.Ok ? (uint)length + 1 : length == 0 ? 1u : 0), (read.Status, read.Written));
        Assert.Equal(expected, room.Do(BlockRequestType.Write, sector, new byte[length]).Status);
        Assert.Empty(room.Errors); // the guest's fault, and nobody else's
        Assert.Equal(expected == BlockStatus.Ok ? 0 : 2, room.Disk.Statistics.Errors);
    }

    [Fact]
    public void Limits_of_buffers_hold_for_a_driver_that_knows_them()
    {
        using var backend = new FakeBackend();
        var options = new VirtioBlockOptions { MaxSegmentSize = 4096 };
        using var room = new BlockRoom(backend, options);
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Read, 0, dataIn: 4096).Status);
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Read, 0, dataIn: 4608).Status);
        using var other = new BlockRoom(backend, options, without: BlockFeature.SizeMax);
        Assert.Equal(BlockStatus.Ok, other.Do(BlockRequestType.Read, 0, dataIn: 4608).Status);
    }

    [Fact]
    public void Most_buffers_are_as_told_and_not_one_more()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend, new VirtioBlockOptions { QueueSize = 256 });
        foreach ((int count, BlockStatus expected) in new[] { (254, BlockStatus.Ok), (255, BlockStatus.IOError) })
        {
            ulong header = room.Place(Header((uint)BlockRequestType.Read, 0));
            ulong data = room.Place(512 * 255);
            ulong status = room.Place([Unwritten]);
            DriverBuffer[] buffers =
            [
                new(header, 16),
                .. Enumerable.Range(0, count).Select(i => new DriverBuffer(data + (512 * (ulong)i), i == count - 1 && count == 255 ? 513u : 512u, IsWritable: true)),
                .. count == 254 ? new[] { new DriverBuffer(status, 1, IsWritable: true) } : [],
            ];
            ulong table = room.Place(16 * 256);
            ushort head = room.Queues[0].AddIndirect(table, buffers);
            room.Ring();
            ulong statusAt = count == 254 ? status : data + (512ul * 255);
            Assert.Equal(expected, room.WaitFor(new Sent(0, head, data, 0, statusAt)).Status);
        }
    }

    [Fact]
    public void Configuration_space_tells_the_disk()
    {
        using var backend = new FakeBackend { Limits = new BlockLimits(4096, 16384, 65536) };
        using var room = new BlockRoom(backend, new VirtioBlockOptions { QueueCount = 3, MaxSegmentSize = 1 << 20 });
        byte[] config = new byte[64];
        room.Room.Transport.Read(0x100, config);
        Assert.Equal(2048ul, BinaryPrimitives.ReadUInt64LittleEndian(config));
        Assert.Equal(1u << 20, BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(8)));
        Assert.Equal(254u, BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(12)));
        Assert.Equal(4096u, BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(20)));
        Assert.Equal((2, 4, 1, 3), (config[24], config[26], config[32], BinaryPrimitives.ReadUInt16LittleEndian(config.AsSpan(34))));
        uint[] limits = [.. Enumerable.Range(9, 5).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(i * 4)))];
        Assert.Equal([1u << 22, 64, 128, 1u << 22, 64], limits);
        Assert.Equal(1, config[56]);
        byte[] past = [1, 2, 3, 4];
        room.Room.Transport.Read(0xFFC, past);
        Assert.Equal(new byte[4], past);
    }

    [Fact]
    public void New_size_is_told_and_used()
    {
        using var backend = new FakeBackend(16);
        using var room = new BlockRoom(backend);
        uint generation = room.Room.Driver.Read(0x0FC);
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Read, 16, dataIn: 512).Status);
        room.Room.Driver.TakeInterrupt();
        backend.SetSectors(32);
        room.Disk.Resize();
        Assert.Equal(2u, room.Room.Driver.TakeInterrupt());
        Assert.NotEqual(generation, room.Room.Driver.Read(0x0FC));
        Assert.Equal(32u, room.Room.Driver.Read(0x100));
        Assert.Equal(BlockStatus.Ok, room.Do(BlockRequestType.Read, 16, dataIn: 512).Status);
        backend.SetSectors(8);
        room.Disk.Resize();
        Assert.Equal(BlockStatus.IOError, room.Do(BlockRequestType.Read, 8, dataIn: 512).Status);
    }

    [Theory]
    [InlineData("123456789012345678901")]
    [InlineData("tab\t")]
    [InlineData("ü")]
    public void Serial_number_has_its_rules(string serial)
    {
        using var backend = new FakeBackend();
        Assert.Throws<ArgumentException>(() => new VirtioBlock(new VirtioBlockOptions { Serial = serial }, backend, TimeProvider.System));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using var backend = new FakeBackend();
        VirtioBlockOptions[] wrong =
        [
            new() { QueueCount = 0 }, new() { QueueCount = 65 }, new() { QueueSize = 3 }, new() { QueueSize = 2 }, new() { MaxSegmentSize = 4095 },
            new() { MaxWorkers = 0 }, new() { Name = "" }, new() { Limits = new RateLimits { Iops = 0 } }, new() { Limits = new RateLimits { BurstBytes = -1 } },
        ];
        Assert.All(wrong, options => Assert.ThrowsAny<ArgumentException>(() => new VirtioBlock(options, backend, TimeProvider.System)));
    }
}
