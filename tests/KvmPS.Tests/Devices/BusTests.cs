using FsCheck;
using FsCheck.Fluent;
using KvmPS.Core.Devices;
using Xunit;

namespace KvmPS.Tests.Devices;

public sealed class BusTests
{
    private readonly Bus _bus = new("I/O ports");
    private readonly FakeDevice _low = new("low");
    private readonly FakeDevice _high = new("high");

    [Fact]
    public void An_access_inside_a_range_reaches_its_device_whole_and_relative()
    {
        _bus.Insert(_low, new AddressRange(0x3F8, 8));

        byte[] data = new byte[4];
        _bus.Read(0x3FA, data);
        _bus.Write(0x3F9, [1, 2]);

        Assert.Equal([2, 3, 4, 5], data);
        Assert.Equal([(2ul, 4)], _low.Reads);
        (ulong offset, byte[] written) = Assert.Single(_low.Writes);
        Assert.Equal(1ul, offset);
        Assert.Equal([1, 2], written);
    }

    [Fact]
    public void A_device_may_own_several_ranges_with_offsets_of_its_choice()
    {
        _bus.Insert(_low, new AddressRange(0x60, 1));
        _bus.Insert(_low, new AddressRange(0x64, 1), offset: 4);

        byte[] data = new byte[1];
        _bus.Read(0x64, data);

        Assert.Equal(4, data[0]);
    }

    [Theory]
    [InlineData(0x100, 1)]
    [InlineData(0xF8, 9)]
    [InlineData(0x107, 100)]
    [InlineData(0, ulong.MaxValue)]
    public void An_overlap_is_refused_by_naming_both(ulong start, ulong length)
    {
        _bus.Insert(_low, new AddressRange(0x100, 8));

        var error = Assert.Throws<BusOverlapException>(() => _bus.Insert(_high, new AddressRange(start, length)));

        Assert.Contains("'high'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'low' is at 0x100-0x107", error.Message, StringComparison.Ordinal);
        Assert.Contains(new AddressRange(start, length).ToString(), error.Message, StringComparison.Ordinal);
        Assert.Single(_bus.Devices);
    }

    [Fact]
    public void Neighbours_do_not_overlap_and_are_listed_in_order()
    {
        _bus.Insert(_high, new AddressRange(0x108, 8));
        _bus.Insert(_low, new AddressRange(0x100, 8));

        Assert.Equal(["low", "high"], _bus.Devices.Select(d => d.Device.Name), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(ulong.MaxValue, 2)]
    public void A_range_that_is_none_is_refused(ulong start, ulong length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _bus.Insert(_low, new AddressRange(start, length)));

    [Fact]
    public void Unknown_addresses_read_ones_ignore_writes_and_are_counted_once_an_access()
    {
        byte[] data = new byte[4];
        _bus.Read(0x1234, data);
        _bus.Write(0x1234, data);
        _bus.Write(ulong.MaxValue, data);

        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF], data);
        Assert.Equal((1, 2), (_bus.UnclaimedReads, _bus.UnclaimedWrites));
    }

    [Fact]
    public void A_straddling_access_is_split_into_bytes_for_their_owners()
    {
        _bus.Insert(_low, new AddressRange(0x10, 2));
        _bus.Insert(_high, new AddressRange(0x13, 8));

        byte[] data = new byte[5];
        _bus.Read(0x10, data);
        _bus.Write(0x11, [7, 8, 9]);

        Assert.Equal([0, 1, 0xFF, 0, 1], data);
        Assert.Equal([(0ul, 1), (1ul, 1)], _low.Reads);
        Assert.Equal((1ul, 7), (_low.Writes[0].Offset, _low.Writes[0].Data[0]));
        Assert.Equal((0ul, 9), (_high.Writes[0].Offset, _high.Writes[0].Data[0]));
        Assert.Equal((1, 1), (_bus.UnclaimedReads, _bus.UnclaimedWrites));
    }

    [Fact]
    public void A_straddle_without_a_hole_is_not_unclaimed()
    {
        _bus.Insert(_low, new AddressRange(0, 2));
        _bus.Insert(_high, new AddressRange(2, 2));

        byte[] data = new byte[4];
        _bus.Read(0, data);

        Assert.Equal([0, 1, 0, 1], data);
        Assert.Equal(0, _bus.UnclaimedReads);
    }

    [Fact]
    public void An_access_at_the_last_address_wraps_to_the_first()
    {
        _bus.Insert(_low, new AddressRange(ulong.MaxValue, 1));
        _bus.Insert(_high, new AddressRange(0, 1));

        byte[] data = new byte[2];
        _bus.Read(ulong.MaxValue, data);

        Assert.Equal([0, 0], data);
        Assert.Equal((1, 1), (_low.Reads.Count, _high.Reads.Count));
    }

    [Fact]
    public void A_repeated_access_stays_at_its_address()
    {
        _bus.Insert(_low, new AddressRange(0x1F0, 8));

        byte[] data = new byte[6];
        _bus.ReadRepeated(0x1F2, 2, data);
        _bus.WriteRepeated(0x1F2, 2, [1, 2, 3, 4]);

        Assert.Equal([2, 3, 2, 3, 2, 3], data);
        Assert.Equal([2ul, 2ul], _low.Writes.Select(w => w.Offset));
        Assert.Equal([3, 4], _low.Writes[1].Data);
    }

    [Fact]
    public void A_repeated_access_to_nobody_counts_its_elements()
    {
        byte[] data = new byte[6];
        _bus.ReadRepeated(0x1F2, 2, data);
        _bus.WriteRepeated(0x1F2, 1, data);

        Assert.All(data, b => Assert.Equal(0xFF, b));
        Assert.Equal((3, 6), (_bus.UnclaimedReads, _bus.UnclaimedWrites));
    }

    [Fact]
    public void A_repeated_access_that_straddles_is_split_each_time()
    {
        _bus.Insert(_low, new AddressRange(0x10, 1));

        byte[] data = new byte[4];
        _bus.ReadRepeated(0x10, 2, data);

        Assert.Equal([0, 0xFF, 0, 0xFF], data);
        Assert.Equal(2, _bus.UnclaimedReads);
    }

    [Fact]
    public void Reset_resets_every_device()
    {
        _bus.Insert(_low, new AddressRange(0, 1));
        _bus.Insert(_high, new AddressRange(1, 1));

        _bus.Reset();

        Assert.Equal((1, 1), (_low.Resets, _high.Resets));
    }

    [Fact]
    public void Lookup_agrees_with_a_scan_of_the_ranges()
    {
        Prop.ForAll<(byte Start, byte Length)[], byte>((ranges, address) =>
        {
            var bus = new Bus("test");
            var placed = new List<(FakeDevice Device, AddressRange Range)>();
            foreach ((byte start, byte length) in ranges)
            {
                var range = new AddressRange(start, (ulong)(length % 16) + 1);
                var device = new FakeDevice($"d{placed.Count}");
                if (placed.Exists(p => p.Range.Overlaps(range)))
                {
                    Assert.Throws<BusOverlapException>(() => bus.Insert(device, range));
                    continue;
                }

                bus.Insert(device, range);
                placed.Add((device, range));
            }

            byte[] data = new byte[1];
            bus.Read(address, data);
            FakeDevice? owner = placed.FirstOrDefault(p => p.Range.Contains(address)).Device;
            return owner is null ? data[0] == 0xFF && bus.UnclaimedReads == 1 : owner.Reads.Count == 1;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_access_allocates_nothing()
    {
        _bus.Insert(new NullDevice(), new AddressRange(0x10, 8));
        byte[] data = new byte[4];

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (ulong address = 0; address < 0x30; address++)
            {
                _bus.Read(address, data);
                _bus.Write(address, data);
                _bus.ReadRepeated(address, 2, data);
                _bus.WriteRepeated(address, 2, data);
            }
        }));
    }

    private sealed class NullDevice : IBusDevice
    {
        public string Name => "null";

        public void Read(ulong offset, Span<byte> data) => data.Clear();

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
        }

        public void Reset()
        {
        }
    }
}
