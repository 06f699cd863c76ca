using FsCheck;
using FsCheck.Fluent;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Guest memory at its edges, against a model, and racing with its own end.</summary>
public class GuestMemoryTests
{
    private const ulong Page = GuestMemory.PageSize;
    private const ulong HoleStart = 2 * Page;
    private const ulong HoleEnd = 16 * Page;
    private const ulong HighEnd = HoleEnd + Page;

    /// <summary>Two pages below the hole, one above it.</summary>
    private static GuestMemory Small() => GuestMemory.Allocate(3 * Page, new GuestAddress(HoleStart), new GuestAddress(HoleEnd));

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, 1, true)]
    [InlineData(0, HoleStart, true)]
    [InlineData(0, HoleStart + 1, false)]
    [InlineData(HoleStart - 1, 1, true)]
    [InlineData(HoleStart - 1, 2, false)]
    [InlineData(HoleStart, 0, true)]
    [InlineData(HoleStart, 1, false)]
    [InlineData(HoleStart + 1, 0, false)]
    [InlineData(HoleEnd - 1, 1, false)]
    [InlineData(HoleEnd - 1, 2, false)]
    [InlineData(0, HighEnd, false)]
    [InlineData(HoleEnd, Page, true)]
    [InlineData(HoleEnd, Page + 1, false)]
    [InlineData(HighEnd - 1, 1, true)]
    [InlineData(HighEnd, 1, false)]
    [InlineData(ulong.MaxValue, 0, false)]
    [InlineData(ulong.MaxValue, 1, false)]
    [InlineData(ulong.MaxValue, 2, false)]
    [InlineData(1, ulong.MaxValue, false)]
    [InlineData(HoleEnd + 1, ulong.MaxValue, false)]
    [InlineData(ulong.MaxValue - Page + 1, Page + 8, false)]
    public void Range_is_RAM_only_when_all_of_it_is_in_one_region(ulong address, ulong length, bool expected)
    {
        using GuestMemory memory = Small();
        Assert.Equal(expected, memory.Contains(new GuestAddress(address), length));
        if (length > int.MaxValue) return;

        Assert.Equal(expected, memory.TryLend(new GuestAddress(address), (int)length, out GuestSpan lease));
        using (lease) Assert.Equal(expected ? (int)length : 0, lease.Span.Length);
        if (!expected) Assert.Throws<GuestMemoryException>(() => memory.Fill(new GuestAddress(address), (int)length, 0));
    }

    [Fact]
    public void Negative_length_is_no_range()
    {
        using GuestMemory memory = Small();
        Assert.False(memory.TryLend(new GuestAddress(0), -1, out _));
        Assert.Throws<GuestMemoryException>(() => memory.Fill(new GuestAddress(0), int.MinValue, 0));
    }

    [Fact]
    public void Regions_lie_around_the_hole_and_sizes_are_whole_pages()
    {
        using GuestMemory memory = GuestMemory.Allocate((2 * Page) + 1, new GuestAddress(HoleStart), new GuestAddress(HoleEnd));
        Assert.Equal(3 * Page, memory.Size);
        Assert.Equal("[0x0-0x2000), [0x10000-0x11000)", string.Join(", ", memory.Regions));
        using GuestMemory low = GuestMemory.Allocate(HoleStart, new GuestAddress(HoleStart), new GuestAddress(HoleEnd));
        Assert.Equal(HoleStart, Assert.Single(low.Regions).Size);
    }

    [Theory]
    [InlineData(0, HoleStart, HoleEnd)]
    [InlineData((1ul << 52) + 1, HoleStart, HoleEnd)]
    [InlineData(ulong.MaxValue, HoleStart, HoleEnd)]
    [InlineData(Page, 0, HoleEnd)]
    [InlineData(Page, 1, HoleEnd)]
    [InlineData(Page, HoleStart, HoleEnd + 1)]
    [InlineData(Page, HoleEnd, HoleStart)]
    [InlineData(3 * Page, HoleStart, 1ul << 52)]
    [InlineData(3 * Page, HoleStart, ulong.MaxValue - Page + 1)]
    public void Impossible_layout_is_refused(ulong size, ulong holeStart, ulong holeEnd) => Assert.Throws<ArgumentOutOfRangeException>(
        () => GuestMemory.Allocate(size, new GuestAddress(holeStart), new GuestAddress(holeEnd)));

    [Fact]
    public void More_than_the_host_can_address_is_an_error_of_mmap()
    {
        var error = Assert.Throws<KvmException>(() => GuestMemory.Allocate(1ul << 51, new GuestAddress(HoleStart), new GuestAddress(HoleEnd)));
        Assert.Equal(("mmap", "ENOMEM"), (error.Call, error.ErrnoName));
    }

    [Fact]
    public void Refused_range_is_named()
    {
        using GuestMemory memory = Small();
        var error = Assert.Throws<GuestMemoryException>(() => memory.Read<ulong>(new GuestAddress(HoleStart - 4)));
        Assert.Equal(new GuestAddress(HoleStart - 4), error.Address);
        Assert.Equal("Guest-physical range 0x1ffc + 8 bytes is not RAM of this machine ([0x0-0x2000), [0x10000-0x11000)).", error.Message);
    }

    [Fact]
    public void Eight_gibibytes_cost_only_the_pages_touched()
    {
        const ulong size = 8ul << 30;
        const ulong fourGiB = 4ul << 30;
        long before = ResidentPages();
        using GuestMemory memory = GuestMemory.Allocate(size, new GuestAddress(3ul << 30), new GuestAddress(fourGiB));
        GuestAddress last = new(fourGiB + (size - (3ul << 30)) - sizeof(ulong));
        Assert.Equal(0ul, memory.Read<ulong>(last));
        memory.Write(last, 0x0123_4567_89AB_CDEFul);
        Assert.Equal(0x0123_4567_89AB_CDEFul, memory.Read<ulong>(last));
        Assert.InRange(ResidentPages() - before, long.MinValue, (long)(size / Page / 4));
    }

    [Fact]
    public void Values_are_little_endian_and_bulk_copies_keep_their_order()
    {
        using GuestMemory memory = Small();
        GuestAddress address = new(HoleEnd + 1);
        memory.Write(address, 0x0403_0201u);
        byte[] bytes = new byte[6];
        memory.Read(address, bytes);
        Assert.Equal([1, 2, 3, 4, 0, 0], bytes);
        memory.Write(address + 4, (ReadOnlySpan<byte>)[5, 6]);
        Assert.Equal(0x0605, memory.Read<ushort>(address + 4));
        Assert.Equal(0x0605_0403_0201ul, memory.Read<ulong>(address));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(HoleStart - 2, true)]
    [InlineData(HoleStart, false)]
    public void Shared_16_bit_cells_are_aligned_RAM(ulong address, bool allowed)
    {
        using GuestMemory memory = Small();
        Check(allowed, () => memory.StoreRelease16(new GuestAddress(address), 0xBEEF));
        Check(allowed, () => Assert.Equal(0xBEEF, memory.LoadAcquire16(new GuestAddress(address))));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(4, true)]
    [InlineData(HoleStart - 4, true)]
    [InlineData(HoleStart - 2, false)]
    [InlineData(HoleStart, false)]
    public void Shared_32_bit_cells_are_aligned_RAM(ulong address, bool allowed)
    {
        using GuestMemory memory = Small();
        Check(allowed, () => memory.StoreRelease32(new GuestAddress(address), 0xDEAD_BEEF));
        Check(allowed, () => Assert.Equal(0xDEAD_BEEFu, memory.LoadAcquire32(new GuestAddress(address))));
    }

    [Fact]
    public async Task What_is_stored_before_a_release_is_seen_after_the_acquire()
    {
        using GuestMemory memory = Small();
        GuestAddress index = new(0);
        GuestAddress data = new(64);
        var writer = Task.Run(() =>
        {
            for (uint i = 1; i <= 200_000; i++)
            {
                memory.Write(data, i);
                memory.StoreRelease32(index, i);
            }
        });
        uint seen;
        do
        {
            seen = memory.LoadAcquire32(index);
            Assert.InRange(memory.Read<uint>(data), seen, uint.MaxValue);
        }
        while (seen < 200_000 && !writer.IsFaulted);
        await writer.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task Readers_that_race_with_the_end_get_ObjectDisposedException()
    {
        for (int round = 0; round < 50; round++)
        {
            GuestMemory memory = Small();
            using var running = new CountdownEvent(3);
            Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                byte[] copy = new byte[Page];
                memory.Read(new GuestAddress(0), copy);
                running.Signal();
                Assert.Throws<ObjectDisposedException>(void () =>
                {
                    while (true) memory.Read(new GuestAddress(Page), copy);
                });
            }))];
            Assert.True(running.Wait(Patience.Long));
            memory.Dispose();
            memory.Dispose();
            await Task.WhenAll(readers).WaitAsync(Patience.Long);
        }
    }

    [Fact]
    public void A_lease_keeps_its_bytes_when_the_memory_ends_before_it()
    {
        GuestMemory memory = Small();
        using (GuestSpan lease = memory.Lend(new GuestAddress(0), 4))
        {
            memory.Dispose();
            lease.Span.Fill(7);
            Assert.Equal([7, 7, 7, 7], lease.Span.ToArray());
            Assert.Throws<ObjectDisposedException>(() => memory.Read<byte>(new GuestAddress(0)));
        }
    }

    [Fact]
    public void A_share_is_the_same_RAM_and_keeps_it_when_the_memory_ends_before_it()
    {
        GuestMemory memory = Small();
        GuestMemory share = memory.Share();
        Assert.Equal(memory.Regions.Select(static region => (region.Start, region.Size)), share.Regions.Select(static region => (region.Start, region.Size)));
        memory.Write(new GuestAddress(HoleEnd), 0x1234_5678u);
        Assert.Equal(0x1234_5678u, share.Read<uint>(new GuestAddress(HoleEnd)));
        share.Write(new GuestAddress(8), 5);
        Assert.Equal(5, memory.Read<int>(new GuestAddress(8)));

        memory.Dispose();
        Assert.Equal(5, share.Read<int>(new GuestAddress(8)));
        Assert.Throws<ObjectDisposedException>(memory.Share);
        share.Dispose();
        Assert.Throws<ObjectDisposedException>(() => share.Read<int>(new GuestAddress(8)));
    }

    [Fact]
    public void Behaves_as_an_array_with_a_hole()
    {
        Gen<(ulong, int, byte)[]> operations = Gen.Zip(Gen.Choose(0, (int)HighEnd + 16), Gen.Choose(0, 3 * (int)Page))
            .Zip(Gen.Choose(0, 255), static (range, value) => ((ulong)range.Item1, range.Item2, (byte)value)).ArrayOf();
        Prop.ForAll(operations.ToArbitrary(), static steps => AgreesWithModel(steps)).QuickCheckThrowOnFailure();
    }

    private static bool AgreesWithModel((ulong Address, int Length, byte Value)[] steps)
    {
        using GuestMemory memory = Small();
        byte[] model = new byte[HighEnd];
        foreach ((ulong start, int length, byte value) in steps)
        {
            ulong end = start + (ulong)length;
            bool isRam = end <= HoleStart || (start >= HoleEnd && end <= HighEnd);
            if (memory.TryLend(new GuestAddress(start), length, out GuestSpan lease) != isRam) return false;
            using (lease) lease.Span.Fill(value);
            if (isRam) model.AsSpan((int)start, length).Fill(value);
        }

        byte[] low = new byte[HoleStart];
        byte[] high = new byte[Page];
        memory.Read(new GuestAddress(0), low);
        memory.Read(new GuestAddress(HoleEnd), high);
        return low.AsSpan().SequenceEqual(model.AsSpan(0, (int)HoleStart)) && high.AsSpan().SequenceEqual(model.AsSpan((int)HoleEnd));
    }

    private static void Check(bool allowed, Action action)
    {
        if (allowed) action();
        else Assert.Throws<GuestMemoryException>(action);
    }

    /// <summary>Pages of this process in memory (the second number of <c>/proc/self/statm</c>).</summary>
    private static long ResidentPages() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
