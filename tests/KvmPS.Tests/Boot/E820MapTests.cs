using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

public sealed class E820MapTests
{
    private static readonly E820Entry Kvm = new(new GuestAddress(0xFFFB_C000), 0x4_4000, E820Type.Reserved);

    [Fact]
    public void A_small_machine_has_base_and_extended_memory()
    {
        using GuestMemory memory = BootTest.Memory();
        E820Map map = E820Map.Of(memory);

        Assert.Equal(
        [
            new(new GuestAddress(0), 0x9_FC00, E820Type.Ram),
            new(new GuestAddress(0x9_FC00), 0x400, E820Type.Reserved),
            new(new GuestAddress(0xE_0000), 0x2_0000, E820Type.Reserved),
            new(new GuestAddress(0x10_0000), 63 * BootTest.MiB, E820Type.Ram),
            Kvm,
        ], map.Entries);
        Assert.Equal(0x9_FC00ul, map.BaseMemory);
        Assert.Equal(63 * BootTest.MiB, map.ExtendedMemory);
    }

    [Fact]
    public void Memory_beyond_the_hole_follows_at_4_GiB()
    {
        using GuestMemory memory = BootTest.Memory(4096 * BootTest.MiB);
        E820Map map = E820Map.Of(memory);

        Assert.Equal(new E820Entry(new GuestAddress(0x10_0000), 0xBFF0_0000, E820Type.Ram), map.Entries[3]);
        Assert.Equal(Kvm, map.Entries[4]);
        Assert.Equal(new E820Entry(new GuestAddress(0x1_0000_0000), 0x4000_0000, E820Type.Ram), map.Entries[5]);
        Assert.Equal(6, map.Entries.Count);
    }

    [Theory]
    [InlineData(0x1000)]
    [InlineData(0x9_F000)]
    [InlineData(0xA_0000)]
    [InlineData(0xF_1000)]
    [InlineData(0x10_0000)]
    [InlineData(0x10_1000)]
    public void A_tiny_machine_lists_no_memory_that_it_has_not(int size)
    {
        using GuestMemory memory = BootTest.Memory((ulong)size);
        E820Map map = E820Map.Of(memory);

        Assert.All(map.Entries.Where(entry => entry != Kvm), entry => Assert.True(memory.Contains(entry.Start, entry.Size)));
        Assert.All(map.Entries.Zip(map.Entries.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.All(map.Entries, entry => Assert.NotEqual(0ul, entry.Size));
    }
}
