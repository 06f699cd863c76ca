using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>Command line, initrd and zero page of a Linux kernel.</summary>
public sealed class LinuxParametersTests
{
    private const ulong KernelEnd = 0x10_1000;

    [Fact]
    public void The_zero_page_has_the_header_and_the_memory_map()
    {
        using GuestMemory memory = BootTest.Memory();
        memory.Fill(MemoryLayout.ZeroPage.Start, 4096, 0xCC);
        Place(memory, new BootParameters { CommandLine = "quiet", Acpi = AcpiTablesTests.Tables() });

        Assert.Equal(0xE_0000ul, memory.At<ulong>(0x7070));
        Assert.Equal(0, memory.At<byte>(0x71EF));
        Assert.Equal(0xAA55, memory.At<ushort>(0x71FE));
        Assert.Equal(0x5372_6448u, memory.At<uint>(0x7202));
        Assert.Equal(0xFF, memory.At<byte>(0x7210));
        Assert.Equal(1, memory.At<byte>(0x7211));
        Assert.Equal((0u, 0u), (memory.At<uint>(0x7218), memory.At<uint>(0x721C)));
        Assert.Equal("quiet", memory.Text(memory.At<uint>(0x7228)));

        E820Map map = E820Map.Of(memory);
        Assert.Equal(map.Entries.Count, memory.At<byte>(0x71E8));
        for (int i = 0; i < map.Entries.Count; i++)
        {
            ulong at = 0x72D0 + ((ulong)i * 20);
            Assert.Equal(map.Entries[i], new E820Entry(memory.At<GuestAddress>(at), memory.At<ulong>(at + 8), (E820Type)memory.At<uint>(at + 16)));
        }

        Assert.Equal(0ul, memory.At<ulong>(0x72D0 + ((ulong)map.Entries.Count * 20)));
    }

    [Fact]
    public void A_command_line_may_be_as_long_as_the_kernel_takes_and_no_longer()
    {
        using GuestMemory memory = BootTest.Memory();
        string longest = new('x', 2047);
        Place(memory, new BootParameters { CommandLine = longest });
        Assert.Equal(longest, memory.Text(0x2_0000));

        var error = Assert.Throws<ImageNotBootableException>(() => Place(memory, new BootParameters { CommandLine = longest + "x" }));
        Assert.Contains("2048 bytes, and this kernel takes 2047", error.Rule, StringComparison.Ordinal);
        Assert.Throws<ImageNotBootableException>(() => Place(memory, new BootParameters { CommandLine = new string('ü', 1024) }));
        Assert.Throws<ImageNotBootableException>(() => Place(memory, new BootParameters { CommandLine = "a\0b" }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    public void An_initrd_lies_at_the_top_of_memory_page_aligned(int size)
    {
        using GuestMemory memory = BootTest.Memory();
        byte[] initrd = BootTest.Pattern(size);
        Place(memory, new BootParameters { Initrds = [new BootModule(BootTest.Source(initrd))] });

        uint start = memory.At<uint>(0x7218);
        Assert.Equal(0u, start % 4096);
        Assert.InRange((64 * BootTest.MiB) - start - (ulong)size, 0ul, 4095ul);
        Assert.Equal((uint)size, memory.At<uint>(0x721C));
        Assert.Equal(initrd, memory.Bytes(start, size));
    }

    [Fact]
    public void An_initrd_stays_below_the_kernels_limit()
    {
        using GuestMemory memory = BootTest.Memory(3000 * BootTest.MiB);
        Place(memory, new BootParameters { Initrds = [new BootModule(BootTest.Source([1, 2, 3]))] });
        Assert.Equal(0x7FFF_F000u, memory.At<uint>(0x7218));
    }

    [Fact]
    public void An_initrd_may_fill_all_room_above_the_kernel_and_no_more()
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        int room = (int)((2 * BootTest.MiB) - KernelEnd);
        Place(memory, new BootParameters { Initrds = [new BootModule(BootTest.Source(new byte[room]))] });
        Assert.Equal(KernelEnd, memory.At<uint>(0x7218));

        var tooLarge = new BootParameters { Initrds = [new BootModule(BootTest.Source(new byte[room + 1], "big"))] };
        Assert.Equal("big", Assert.Throws<ImageNotBootableException>(() => Place(memory, tooLarge)).Image);
    }

    [Fact]
    public void Initrds_that_do_not_fit_or_are_empty_are_refused_before_they_are_read()
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        using var vast = new VastSource();
        BootModule[] tooMuch = [new(vast), new(vast), new(vast)];
        Assert.Throws<ImageNotBootableException>(() => Place(memory, new BootParameters { Initrds = tooMuch }));
        Assert.Throws<ImageNotBootableException>(() => Place(memory, new BootParameters { Initrds = [new BootModule(BootTest.Source([]))] }));
    }

    [Fact]
    public void A_machine_without_base_memory_is_refused()
    {
        using GuestMemory memory = BootTest.Memory(0x2_0000);
        byte[] file = new ElfBuilder { Entry = 0x1000 }.Load([0xF4], 0x1000).Build();
        BootImage image = ImageLoader.Open(BootTest.Source(file));
        var error = Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters()));
        Assert.Contains("no RAM for the command line", error.Rule, StringComparison.Ordinal);
    }

    private static void Place(GuestMemory memory, BootParameters parameters) =>
        ImageLoader.Open(BootTest.Source(new ElfBuilder().Load(new byte[16], 0x10_0000, 0x1000).Build())).Place(memory, parameters);

    /// <summary>A source that claims more than any machine has, and must not be read.</summary>
    private sealed class VastSource : IImageSource
    {
        public string Name => "vast";

        public long Length => long.MaxValue;

        public void Read(long offset, Span<byte> destination) => throw new InvalidOperationException("read");

        public void Dispose()
        {
        }
    }
}
