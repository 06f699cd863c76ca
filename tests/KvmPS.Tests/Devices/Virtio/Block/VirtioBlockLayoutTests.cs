using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;
using static KvmPS.Tests.Devices.Virtio.Block.BlockRoom;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>Buffers that begin and end anywhere, requests that are none, and drivers that mean ill.</summary>
public class VirtioBlockLayoutTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(500)]
    public void Write_may_be_split_at_any_byte(int at)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        byte[] data = Pattern(512, 4);
        byte[] whole = [.. Header((uint)BlockRequestType.Write, 3), .. data];
        ulong first = room.Place(whole.AsSpan(0, at));
        ulong second = room.Place(whole.AsSpan(at));
        ulong status = room.Place([Unwritten]);
        Ended ended = room.WaitFor(room.Send([new(first, (uint)at), new(second, (uint)(whole.Length - at)), new(status, 1, IsWritable: true)], status, 0, status));
        Assert.Equal((BlockStatus.Ok, 1u), (ended.Status, ended.Written));
        Assert.Equal(data, backend.Bytes[1536..2048]);
    }

    [Fact]
    public void Status_may_follow_its_data_in_one_buffer()
    {
        using var backend = new FakeBackend();
        Pattern(1024, 5).CopyTo(backend.Bytes, 0);
        using var room = new BlockRoom(backend);
        ulong header = room.Place(Header((uint)BlockRequestType.Read, 0));
        ulong data = room.Place([.. Enumerable.Repeat(Unwritten, 1026)]);
        Ended ended = room.WaitFor(room.Send([new(header, 16), new(data, 1025, IsWritable: true)], data, 1026, data + 1024));
        Assert.Equal((BlockStatus.Ok, 1025u), (ended.Status, ended.Written));
        Assert.Equal([.. backend.Bytes[..1024], 0, Unwritten], ended.Data);
    }

    [Fact]
    public void Any_layout_does_the_same()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        var random = new Random(6);
        byte[] shadow = new byte[backend.Bytes.Length];
        ulong heap = room.Place(0x20000);
        for (int round = 0; round < 500; round++)
        {
            bool read = random.Next(2) == 0;
            int sectors = random.Next(0, 9);
            int sector = random.Next(0, 2048 - sectors + 1);
            byte[] data = Pattern(sectors * 512, round);
            byte[] readable = [.. Header(read ? 0u : 1u, (ulong)sector), .. read ? [] : data];
            int writable = 1 + (read ? data.Length : 0);
            List<DriverBuffer> buffers = [];
            ulong at = heap;
            int done = 0;
            foreach (int piece in Split(random, readable.Length))
            {
                room.Memory.Write(new GuestAddress(at), readable.AsSpan(done, piece));
                buffers.Add(new DriverBuffer(at, (uint)piece));
                (at, done) = (at + (ulong)piece + (ulong)random.Next(3), done + piece);
            }

            List<(ulong At, int Length)> places = [];
            foreach (int piece in Split(random, writable))
            {
                buffers.Add(new DriverBuffer(at, (uint)piece, IsWritable: true));
                places.Add((at, piece));
                at += (ulong)piece + (ulong)random.Next(3);
            }

            ulong status = places[^1].At + (ulong)places[^1].Length - 1;
            room.Memory.Write(new GuestAddress(status), Unwritten);
            Sent sent;
            if (random.Next(2) == 0)
            {
                sent = room.Send([.. buffers], heap, 0, status);
            }
            else
            {
                sent = new Sent(0, room.Queues[0].AddIndirect((at + 15) & ~15ul, [.. buffers]), heap, 0, status);
                room.Ring();
            }

            Ended ended = room.WaitFor(sent);
            Assert.Equal((BlockStatus.Ok, (uint)writable), (ended.Status, ended.Written));
            if (!read)
            {
                data.CopyTo(shadow, sector * 512);
                continue;
            }

            byte[] got = [.. places.SelectMany(place => Bytes(room, place))];
            Assert.Equal(shadow.AsSpan(sector * 512, data.Length), got.AsSpan(0, data.Length));
        }

        Assert.Equal(shadow, backend.Bytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    public void Request_without_a_whole_header_fails(int length)
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        ulong header = room.Place(Header((uint)BlockRequestType.Read, 0));
        ulong status = room.Place([Unwritten]);
        DriverBuffer[] buffers = length == 0 ? [new(status, 1, IsWritable: true)] : [new(header, (uint)length), new(status, 1, IsWritable: true)];
        Assert.Equal(BlockStatus.IOError, room.WaitFor(room.Send(buffers, status, 0, status)).Status);
        room.AssertWorks();
    }

    [Fact]
    public void Request_without_room_for_a_status_breaks_the_device_until_it_is_reset()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        ulong header = room.Place([.. Header((uint)BlockRequestType.Write, 0), .. Pattern(512, 7)]);
        room.Send([new(header, 528)], header, 0, header);
        Assert.True(SpinWait.SpinUntil(() => room.Room.Driver.IsBroken, Native.Patience.Long));
        Assert.Equal("a block request without room for its status", Assert.Single(room.Room.DriverFaults));
        Assert.Empty(backend.Calls);
        Assert.Equal(0, room.Queues[0].UsedIndex);
        room.Renew();
        room.Start();
        room.AssertWorks();
    }

    [Fact]
    public void Transfer_with_data_in_the_wrong_direction_fails_and_moves_nothing()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        ulong read = room.Place([.. Header((uint)BlockRequestType.Read, 0), .. new byte[512]]);
        ulong write = room.Place([.. Header((uint)BlockRequestType.Write, 0), .. Pattern(512, 8)]);
        ulong data = room.Place([.. Enumerable.Repeat(Unwritten, 513)]);
        Ended ended = room.WaitFor(room.Send([new(read, 528), new(data, 513, IsWritable: true)], data, 512, data + 512));
        Assert.Equal((BlockStatus.IOError, 0u), (ended.Status, ended.Written));
        Assert.All(ended.Data, static value => Assert.Equal(Unwritten, value));
        Assert.Equal(BlockStatus.IOError, room.WaitFor(room.Send([new(write, 528), new(data, 513, IsWritable: true)], data, 0, data + 512)).Status);
        Assert.Empty(backend.Calls);
    }

    [Fact]
    public void Buffers_may_overlap_each_other_the_header_and_the_status()
    {
        using var backend = new FakeBackend();
        using var room = new BlockRoom(backend);
        ulong header = room.Place([.. Header((uint)BlockRequestType.Read, 0), .. new byte[512]]);
        Ended ended = room.WaitFor(room.Send([new(header, 16), new(header, 512, IsWritable: true), new(header, 512, IsWritable: true), new(header + 3, 1, IsWritable: true)], header, 0, header + 3));
        Assert.Equal((BlockStatus.Ok, 1025u), (ended.Status, ended.Written));
        room.AssertWorks();
    }

    [Fact]
    public void Rings_may_be_read_over_without_harm_to_the_host()
    {
        using var backend = new FakeBackend();
        backend.Bytes.AsSpan().Fill(0xFF);
        using var room = new BlockRoom(backend);
        ulong header = room.Place(Header((uint)BlockRequestType.Read, 0));
        DriverQueue queue = room.Queues[0];
        queue.Add(new DriverBuffer(header, 16), new DriverBuffer(queue.Table, 0x1800, IsWritable: true), new DriverBuffer(header, 1, IsWritable: true));
        room.Ring();
        Assert.True(SpinWait.SpinUntil(() => room.Memory.Read<byte>(new GuestAddress(header)) == 0 && backend.Inside == 0, Native.Patience.Long));
        queue.Publish(ahead: 1);
        room.Room.Driver.Notify(0);
        Assert.True(SpinWait.SpinUntil(() => room.Room.Driver.IsBroken, Native.Patience.Long));
        room.Room.Driver.Status = 0;
        room.Renew();
        room.Start();
        room.AssertWorks();
    }

    [Fact]
    public void Storm_of_random_requests_leaves_the_disk_working()
    {
        using var backend = new FakeBackend { ReadsAtOnce = static offset => offset % 1024 == 0 };
        using var room = new BlockRoom(backend);
        var random = new Random(9);
        uint[] types = [0, 1, 4, 8, 11, 13, 5, uint.MaxValue];
        ulong heap = room.Place(0x10000);
        byte[] noise = new byte[0x10000];
        for (int round = 0; round < 1500; round++)
        {
            random.NextBytes(noise);
            room.Memory.Write(new GuestAddress(heap), noise);
            room.Memory.Write(new GuestAddress(heap), Header(types[random.Next(types.Length)], (ulong)random.NextInt64(-3, 2100)));
            List<DriverBuffer> buffers = [];
            if (random.Next(10) > 0) buffers.Add(new DriverBuffer(heap, (uint)random.Next(1, 40)));
            for (int i = random.Next(4); i > 0; i--) buffers.Add(new DriverBuffer(heap + (ulong)random.Next(0x8000), (uint)random.Next(0x2000)));
            for (int i = random.Next(4); i > 0; i--) buffers.Add(new DriverBuffer(heap + (ulong)random.Next(0x8000), (uint)random.Next(0x2000), IsWritable: true));
            if (buffers.Count == 0) continue;
            if (round % 100 == 0) buffers.Add(new DriverBuffer(ulong.MaxValue - (ulong)random.Next(4096), 4096, IsWritable: true));
            ushort before = room.Queues[0].UsedIndex;
            room.Queues[0].Add([.. buffers]);
            room.Ring();
            Assert.True(SpinWait.SpinUntil(() => room.Queues[0].UsedIndex != before || room.Room.Driver.IsBroken, Native.Patience.Long));
            if (room.Room.Driver.IsBroken)
            {
                room.Renew();
                room.Start();
            }
            else
            {
                Assert.True(room.Queues[0].TryTake(out _, out _));
            }
        }

        room.AssertWorks();
        Assert.Equal(0, room.Disk.Statistics.InFlight);
    }

    private static byte[] Bytes(BlockRoom room, (ulong At, int Length) place)
    {
        byte[] bytes = new byte[place.Length];
        room.Memory.Read(new GuestAddress(place.At), bytes);
        return bytes;
    }

    /// <summary>Up to ten pieces, none empty.</summary>
    private static List<int> Split(Random random, int length)
    {
        List<int> pieces = [];
        while (length > 0)
        {
            int piece = pieces.Count == 9 ? length : random.Next(1, random.Next(2) == 0 ? Math.Min(length, 20) + 1 : length + 1);
            pieces.Add(piece);
            length -= piece;
        }

        return pieces;
    }
}
