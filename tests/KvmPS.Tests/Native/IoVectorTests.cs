using KvmPS.Native;
using KvmPS.Tests.Block;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Vectors of guest and host memory: edges, parts, copies over pieces, and the memory that they hold.</summary>
[Collection(nameof(ExclusiveCollection))]
public class IoVectorTests
{
    private const ulong Page = GuestMemory.PageSize;
    private const ulong HoleStart = 2 * Page;
    private const ulong HoleEnd = 16 * Page;

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 2 * 4096, true)]
    [InlineData(0, (2 * 4096) + 1, false)]
    [InlineData(HoleStart - 1, 1, true)]
    [InlineData(HoleStart - 1, 2, false)]
    [InlineData(HoleStart, 1, false)]
    [InlineData(HoleEnd, 4096, true)]
    [InlineData(HoleEnd, 4097, false)]
    [InlineData(HoleEnd + Page, 1, false)]
    [InlineData(ulong.MaxValue, 1, false)]
    [InlineData(ulong.MaxValue, 2, false)]
    [InlineData(1, uint.MaxValue, false)]
    [InlineData(ulong.MaxValue - 10, uint.MaxValue, false)]
    public void Guest_memory_is_added_only_when_all_of_it_is_in_one_region(ulong address, uint length, bool expected)
    {
        using GuestMemory memory = Small();
        using var vector = new IoVector();
        Assert.Equal(expected, vector.TryAdd(memory, new GuestAddress(address), length));
        Assert.Equal(expected ? length : 0, vector.Length);
        Assert.Equal(expected ? 1 : 0, vector.Count);
    }

    [Fact]
    public void Pieces_of_guest_and_host_are_one_row_of_bytes()
    {
        using GuestMemory memory = Small();
        using var buffer = new IoBuffer(100);
        using var vector = new IoVector(1);
        Assert.True(vector.TryAdd(memory, new GuestAddress(HoleEnd), 10));
        vector.Add(buffer, 90, 10);
        Assert.True(vector.TryAdd(memory, new GuestAddress(5), 0));
        Assert.True(vector.TryAdd(memory, new GuestAddress(HoleStart - 10), 10));
        Assert.Equal((30, 3), (vector.Length, vector.Count));

        byte[] bytes = TestBytes.Pattern(30);
        vector.CopyFrom(bytes.AsSpan(0, 15));
        vector.CopyFrom(bytes.AsSpan(15), 15);

        Assert.Equal(bytes[10..20], buffer.Span[90..]);
        var high = new byte[10];
        memory.Read(new GuestAddress(HoleEnd), high);
        Assert.Equal(bytes[..10], high);
        for (int offset = 0; offset <= 30; offset++)
        {
            for (int length = 0; offset + length <= 30; length++)
            {
                var part = new byte[length];
                vector.CopyTo(part, offset);
                Assert.Equal(bytes[offset..(offset + length)], part);
                using var slice = new IoVector();
                slice.Add(vector, offset, length);
                Assert.Equal(length, slice.Length);
                slice.CopyTo(part);
                Assert.Equal(bytes[offset..(offset + length)], part);
            }
        }

        vector.Zero(9, 12);
        bytes.AsSpan(9, 12).Clear();
        var all = new byte[30];
        vector.CopyTo(all);
        Assert.Equal(bytes, all);
    }

    [Fact]
    public void Parts_that_are_not_inside_are_refused_and_change_nothing()
    {
        using var buffer = new IoBuffer(100);
        using var vector = new IoVector();
        foreach ((int offset, int length) in new[] { (-1, 1), (0, -1), (0, 101), (100, 1), (1, 100), (int.MaxValue, 1), (1, int.MaxValue), (int.MaxValue, int.MaxValue) })
            Assert.Throws<ArgumentOutOfRangeException>(() => vector.Add(buffer, offset, length));
        Assert.Equal((0, 0), (vector.Length, vector.Count));
        vector.Add(buffer, 0, 100);
        using var other = new IoVector();
        foreach ((long offset, long length) in new[] { (-1L, 1L), (0, -1), (0, 101), (100, 1), (long.MaxValue, 1), (1, long.MaxValue) })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => other.Add(vector, offset, length));
            Assert.Throws<ArgumentOutOfRangeException>(() => vector.Zero(offset, length));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => vector.CopyTo(new byte[101]));
        Assert.Throws<ArgumentOutOfRangeException>(() => vector.CopyTo(new byte[2], 99));
        Assert.Throws<ArgumentOutOfRangeException>(() => vector.CopyFrom(new byte[1], 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => vector.CopyFrom([], -1));
        Assert.Equal(0, other.Length);
    }

    [Fact]
    public void Alignment_is_that_of_all_pieces()
    {
        using var buffer = new IoBuffer(8192);
        using var vector = new IoVector();
        Assert.True(vector.IsAligned(4096));
        vector.Add(buffer, 512, 1024);
        Assert.True(vector.IsAligned(512));
        Assert.False(vector.IsAligned(1024));
        vector.Add(buffer, 0, 511);
        Assert.False(vector.IsAligned(512));
        Assert.True(vector.IsAligned(1));
    }

    [Fact]
    public void Memory_is_held_until_the_vector_lets_go_of_it()
    {
        NativeCounts before = NativeCounts.Now();
        GuestMemory memory = Small();
        var buffer = new IoBuffer(100);
        var vector = new IoVector();
        var slice = new IoVector();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(vector.TryAdd(memory, new GuestAddress(0), 10));
            vector.Add(buffer, 0, 10);
        }

        for (int i = 0; i < 3; i++) slice.Add(vector, 5, 30);
        memory.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vector.TryAdd(memory, new GuestAddress(0), 1));
        Assert.Throws<ObjectDisposedException>(() => vector.Add(buffer, 0, 1));
        vector.Clear();
        slice.CopyFrom(TestBytes.Pattern(90));
        Assert.Equal(before.Mappings + 2, NativeResources.Mappings); // the high region has gone already
        slice.Dispose();
        Assert.Equal(before.Mappings, NativeResources.Mappings);
        Assert.Equal((0, 0), (vector.Length, vector.Count));
    }

    [Fact]
    public void Vector_is_used_again_and_again()
    {
        using var buffer = new IoBuffer(4096);
        using var vector = new IoVector(1);
        for (int round = 1; round < 50; round++)
        {
            for (int i = 0; i < round; i++) vector.Add(buffer, i, 1);
            Assert.Equal((round, round), (vector.Length, vector.Count));
            vector.Clear();
        }
    }

    [Fact]
    public void Buffer_is_zeroed_aligned_and_ends()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IoBuffer(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IoBuffer(-1));
        var buffer = new IoBuffer(5000);
        Assert.Equal(new byte[5000], buffer.Span);
        using var vector = new IoVector();
        vector.Add(buffer, 0, 4096);
        Assert.True(vector.IsAligned(4096));
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
    }

    private static GuestMemory Small() => GuestMemory.Allocate(3 * Page, new GuestAddress(HoleStart), new GuestAddress(HoleEnd));
}
