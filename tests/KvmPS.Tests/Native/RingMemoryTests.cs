using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Areas of guest memory that are found once: inside them everything, outside them nothing.</summary>
[Collection(nameof(ExclusiveCollection))]
public sealed class RingMemoryTests : IDisposable
{
    private readonly GuestMemory _memory = GuestMemory.Allocate(0x4000, new GuestAddress(0x2000), new GuestAddress(0x10_0000));

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Accesses_reach_the_guest_and_end_where_the_area_does()
    {
        using var ring = new RingMemory(2);
        Assert.True(ring.TryOpen(_memory, (new GuestAddress(0x1000), 16u), (new GuestAddress(0x10_0000), 6u)));
        using RingMemory.Access access = ring.Enter();
        access[0].Write(8, 0x0123_4567_89AB_CDEFul);
        access[1].StoreRelease16(4, 0xBEEF);
        Assert.Equal(0x0123_4567_89AB_CDEFul, _memory.Read<ulong>(new GuestAddress(0x1008)));
        Assert.Equal(0xBEEF, _memory.Read<ushort>(new GuestAddress(0x10_0004)));
        Assert.Equal(0x0123_4567u, access[0].Read<uint>(12));
        Assert.Equal(0xBEEF, access[1].LoadAcquire16(4));
        Assert.All((uint[])[9, 16, uint.MaxValue], offset => Assert.Throws<ArgumentOutOfRangeException>(() => Peek(ring, offset)));
    }

    [Theory]
    [InlineData(0x1FF8ul, 16u)]
    [InlineData(0x2000ul, 1u)]
    [InlineData(0xF_FFFFul, 2u)]
    [InlineData(0x10_1FFFul, 2u)]
    [InlineData(ulong.MaxValue, 2u)]
    [InlineData(0ul, uint.MaxValue)]
    public void An_area_that_is_not_all_RAM_opens_none(ulong start, uint length)
    {
        using var ring = new RingMemory(2);
        Assert.False(ring.TryOpen(_memory, (new GuestAddress(0), 16u), (new GuestAddress(start), length)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Peek(ring, 0));
    }

    [Fact]
    public void An_open_area_keeps_the_memory_and_a_closed_one_has_none()
    {
        NativeCounts before = NativeCounts.Now();
        var memory = GuestMemory.Allocate(0x1000, new GuestAddress(0x2000), new GuestAddress(0x10_0000));
        var ring = new RingMemory(1);
        Assert.True(ring.TryOpen(memory, (new GuestAddress(0), 16u)));
        memory.Dispose();
        Assert.Equal(0ul, Peek(ring, 0));
        ring.Dispose();
        ring.Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => Peek(ring, 0));
        Assert.Equal(before, NativeCounts.Now());
    }

    private static ulong Peek(RingMemory ring, uint offset)
    {
        using RingMemory.Access access = ring.Enter();
        return access[0].Read<ulong>(offset);
    }
}
