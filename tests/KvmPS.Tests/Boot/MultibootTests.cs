using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

public sealed class MultibootTests
{
    private const uint Magic = 0x1BAD_B002;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ELF_images_of_both_widths_are_entered_in_protected_mode(bool is64)
    {
        byte[] code = [.. Header(3), .. BootTest.Pattern(0x1000)];
        byte[] file = new ElfBuilder { Is64 = is64, Machine = (ushort)(is64 ? 62 : 3), Entry = 0x10_0020 }.Load(code, 0x10_0000, 0x4000).Build();
        using GuestMemory memory = BootTest.Memory();
        BootImage image = ImageLoader.Open(BootTest.Source(file));

        Assert.Equal((ImageFormat.Elf, BootProtocol.Multiboot), (image.Format, image.Protocol));
        Assert.Equal(
            new CpuEntry { Mode = CpuMode.Protected, InstructionPointer = 0x10_0020, Rax = 0x2BAD_B002, Rbx = 0x6000 },
            image.Place(memory, new BootParameters()));
        Assert.Equal(code, memory.Bytes(0x10_0000, code.Length));
    }

    [Fact]
    public void An_ELF_segment_above_4_GiB_is_out_of_reach()
    {
        byte[] file = new ElfBuilder().Load(Header(0), 0x10_0000).Load([1], 0x1_0000_0000).Build();
        Assert.Contains("32-bit mode ends at 4 GiB", Refusal(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flat_image_is_loaded_by_its_address_fields()
    {
        // 16 bytes before the load, 8 more before the header, and bytes after load_end_addr that stay in the file.
        byte[] file = [.. BootTest.Pattern(24), .. Header(0x1_0000, 0x20_0008, 0x20_0000, 0x20_0800, 0x20_2000, 0x20_0030), .. BootTest.Pattern(0x1000)];
        using GuestMemory memory = BootTest.Memory();
        memory.Fill(new GuestAddress(0x20_0000), 0x4000, 0xCC);
        BootImage image = ImageLoader.Open(BootTest.Source(file));

        Assert.Equal((ImageFormat.MultibootFlat, new GuestAddress(0x20_0030)), (image.Format, image.Entry));
        image.Place(memory, new BootParameters());
        Assert.Equal(file[16..(16 + 0x800)], memory.Bytes(0x20_0000, 0x800));
        Assert.Equal(new byte[0x1800], memory.Bytes(0x20_0800, 0x1800));
        Assert.Equal(0xCC, memory.At<byte>(0x20_2000));
    }

    [Fact]
    public void A_flat_image_without_ends_is_loaded_whole()
    {
        byte[] file = [.. Header(0x1_0000, 0x10_0000, 0x10_0000, 0, 0, 0x10_0000), .. BootTest.Pattern(777)];
        BootImage image = ImageLoader.Open(BootTest.Source(file));
        Assert.Equal([new ImageSegment(0, (ulong)file.Length, new GuestAddress(0x10_0000), (ulong)file.Length)], image.Segments);
    }

    [Fact]
    public void The_information_has_memory_command_line_modules_and_our_name()
    {
        using GuestMemory memory = BootTest.Memory();
        byte[] file = [.. Header(0x1_0003, 0x10_0000, 0x10_0000, 0, 0x10_0800, 0x10_0000)];
        byte[] first = BootTest.Pattern(5000, 2), second = BootTest.Pattern(3, 3);

        ImageLoader.Open(BootTest.Source(file, "boot/kernel.bin")).Place(memory, new BootParameters
        {
            CommandLine = "a=1 b",
            Initrds = [new BootModule(BootTest.Source(first), "first x=y"), new BootModule(BootTest.Source(second, "second.img"))],
        });

        uint Info(uint offset) => memory.At<uint>(0x6000 + offset);
        Assert.Equal(0b10_0100_1101u, Info(0));
        Assert.Equal((639u, 63u * 1024), (Info(4), Info(8)));
        Assert.Equal("boot/kernel.bin a=1 b", memory.Text(Info(16)));
        Assert.Equal("KvmPS", memory.Text(Info(64)));

        Assert.Equal(2u, Info(20));
        uint modules = Info(24);
        (uint start, uint end) = (memory.At<uint>(modules), memory.At<uint>(modules + 4));
        Assert.Equal((0x10_1000u, 5000u), (start, end - start));
        Assert.Equal(first, memory.Bytes(start, 5000));
        Assert.Equal("first x=y", memory.Text(memory.At<uint>(modules + 8)));
        (start, end) = (memory.At<uint>(modules + 16), memory.At<uint>(modules + 20));
        Assert.Equal((0x10_3000u, 3u), (start, end - start));
        Assert.Equal(second, memory.Bytes(start, 3));
        Assert.Equal("second.img", memory.Text(memory.At<uint>(modules + 24)));

        E820Map expected = E820Map.Of(memory);
        var entries = new List<E820Entry>();
        for (uint at = Info(48); at < Info(48) + Info(44); at += memory.At<uint>(at) + 4)
            entries.Add(new E820Entry(memory.At<GuestAddress>(at + 4), memory.At<ulong>(at + 12), (E820Type)memory.At<uint>(at + 20)));
        Assert.Equal(expected.Entries, entries);
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(8180u, true)]
    [InlineData(8184u, false)]
    [InlineData(6u, false)]
    public void The_header_lies_aligned_within_8192_bytes(uint offset, bool found)
    {
        byte[] code = new byte[16384];
        Header(0).CopyTo(code, offset);
        Assert.Contains(found ? "flag 16" : "neither", Refusal(code), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x1_0004u, "video mode")]
    [InlineData(0x1_0008u, "flags 0x8")]
    [InlineData(0x1_8000u, "flags 0x8000")]
    public void Requirements_that_cannot_be_met_are_refused(uint flags, string rule) =>
        Assert.Contains(rule, Refusal(Header(flags, 0x10_0000, 0x10_0000, 0, 0, 0x10_0000)), StringComparison.Ordinal);

    [Theory]
    [InlineData(0x10_0000u, 0x10_0004u, 0u, 0u, 0x10_0004u, "above header_addr")]
    [InlineData(0x10_0004u, 0x10_0000u, 0u, 0u, 0x10_0000u, "bytes before the header")]
    [InlineData(0x10_0000u, 0x10_0000u, 0xF_FFFFu, 0u, 0x10_0000u, "load_end_addr")]
    [InlineData(0x10_0000u, 0x10_0000u, 0x10_0020u, 0x10_001Fu, 0x10_0000u, "bss_end_addr")]
    [InlineData(0x10_0000u, 0x10_0000u, 0u, 0u, 0xF_FFFFu, "entry_addr")]
    [InlineData(0x10_0000u, 0x10_0000u, 0u, 0u, 0x10_0020u, "entry_addr")]
    [InlineData(0x10_0000u, 0x10_0000u, 0x20_0000u, 0u, 0x10_0000u, "the image ends here")]
    public void Address_fields_that_contradict_each_other_are_refused(uint header, uint load, uint loadEnd, uint bssEnd, uint entry, string rule) =>
        Assert.Contains(rule, Refusal(Header(0x1_0000, header, load, loadEnd, bssEnd, entry)), StringComparison.Ordinal);

    [Fact]
    public void A_header_with_a_wrong_checksum_is_none()
    {
        byte[] file = Header(0x1_0000, 0x10_0000, 0x10_0000, 0, 0, 0x10_0000);
        file[8] ^= 1;
        Assert.Contains("neither", Refusal(file), StringComparison.Ordinal);
    }

    private static string Refusal(byte[] file) => Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file))).Rule;

    private static byte[] Header(uint flags, params uint[] addresses)
    {
        uint[] fields = [Magic, flags, unchecked(0u - Magic - flags), .. addresses];
        return [.. fields.SelectMany(BitConverter.GetBytes)];
    }
}
