using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The bzImage's header, and the way into the image's own code.</summary>
public sealed class BzImageTests
{
    private static readonly byte[] Kernel = new ElfBuilder { Entry = 0x100_0000 }.Load(BootTest.Pattern(5000), 0x100_0000, 0x8000).Build();
    private static readonly byte[] Payload = BzImageBuilder.Lz4(Kernel);

    [Fact]
    public void An_extracted_kernel_gets_the_images_own_header()
    {
        using GuestMemory memory = BootTest.Memory();
        byte[] file = BzImageBuilder.Build(Payload);
        CpuEntry entry = ImageLoader.Open(BootTest.Source(file)).Place(memory, new BootParameters { CommandLine = "quiet" });

        Assert.Equal(new CpuEntry { Mode = CpuMode.Long, InstructionPointer = 0x100_0000, Rsi = 0x7000 }, entry);
        byte[] page = memory.Bytes(0x7000, 4096);
        byte[] expected = file[0x1F1..0x26C];
        expected[0x210 - 0x1F1] = 0xFF;
        expected[0x211 - 0x1F1] = 0x01;
        BzImageBuilder.U16(expected, 0x1FA - 0x1F1, 0xFFFF);
        BzImageBuilder.U32(expected, 0x228 - 0x1F1, 0x2_0000);
        Assert.Equal(expected, page[0x1F1..0x26C]);
    }

    [Theory]
    [InlineData(0x206, 0x05, "2.05")]
    [InlineData(0x211, 0x00, "LOADED_HIGH")]
    [InlineData(0x201, 0xFF, "0x301")]
    [InlineData(0x201, 0x30, "0x264")]
    public void A_broken_header_is_named_with_its_byte(int offset, byte value, string rule)
    {
        byte[] file = BzImageBuilder.Build(Payload);
        if (offset == 0x206) file[0x207] = 2;
        file[offset] = value;
        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file)));
        Assert.Equal(offset, error.Offset);
        Assert.Contains(rule, error.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("89-4C-5A-4F-00-0D-0A-1A-0A", "lzo", "nothing here decompresses lzo")]
    [InlineData("DE-AD-BE-EF-00-00-00-00-00", null, "DEADBEEF00000000")]
    public void A_payload_of_another_kind_is_left_to_the_guest(string magic, string? compression, string note)
    {
        byte[] payload = [.. magic.Split('-').Select(part => Convert.ToByte(part, 16)), .. BootTest.Pattern(100)];
        byte[] file = BzImageBuilder.Build(payload);
        using GuestMemory memory = BootTest.Memory();
        BootImage image = ImageLoader.Open(BootTest.Source(file));
        CpuEntry entry = image.Place(memory, new BootParameters());

        Assert.Equal((compression, false, BootProtocol.Linux64), (image.Compression, image.IsExtracted, image.Protocol));
        Assert.Contains(note, Assert.Single(image.Notes), StringComparison.Ordinal);
        Assert.Equal(new CpuEntry { Mode = CpuMode.Long, InstructionPointer = 0x100_0200, Rsi = 0x7000 }, entry);
        Assert.Equal(file[BzImageBuilder.CodeOffset..], memory.Bytes(0x100_0000, file.Length - BzImageBuilder.CodeOffset));
        Assert.Equal(0x100_0000u, memory.At<uint>(0x7214));
        Assert.Equal(new GuestAddress(0x120_0000), image.End);
    }

    [Fact]
    public void A_payload_that_is_no_ELF_kernel_is_left_to_the_guest()
    {
        BootImage image = ImageLoader.Open(BootTest.Source(BzImageBuilder.Build(BzImageBuilder.Lz4(BootTest.Pattern(3000)))));
        Assert.False(image.IsExtracted);
        Assert.Contains("no ELF kernel", Assert.Single(image.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_32_bit_kernel_is_left_to_its_own_32_bit_entry()
    {
        byte[] kernel = new ElfBuilder { Is64 = false, Machine = 3 }.Load(BootTest.Pattern(500), 0x100_0000).Build();
        byte[] file = BzImageBuilder.Build(BzImageBuilder.Lz4(kernel));
        file[0x236] = 0;
        BootImage image = ImageLoader.Open(BootTest.Source(file));

        Assert.Equal((BootProtocol.Linux32, CpuMode.Protected, new GuestAddress(0x100_0000)), (image.Protocol, image.Mode, image.Entry));
    }

    [Fact]
    public void A_bzImage_that_is_not_Linux_is_entered_in_its_own_code()
    {
        // The header of memtest86+ 6.10: protocol 2.12, not relocatable, a 64-bit entry, no payload.
        byte[] file = BzImageBuilder.Build([]);
        BzImageBuilder.U16(file, 0x206, 0x20C);
        BzImageBuilder.U16(file, 0x20E, 0);
        BzImageBuilder.U32(file, 0x230, 0x1000);
        file[0x234] = 0;
        BzImageBuilder.U32(file, 0x248, 0);
        BzImageBuilder.U32(file, 0x24C, 0);
        BzImageBuilder.U32(file, 0x258, 0x10_0000);
        BzImageBuilder.U32(file, 0x260, 0x6_ACF8);
        BootImage image = ImageLoader.Open(BootTest.Source(file));

        Assert.Equal((BootProtocol.Linux64, new GuestAddress(0x10_0200)), (image.Protocol, image.Entry));
        Assert.Equal(new GuestAddress(0x16_ACF8), image.End);
        Assert.Null(image.KernelVersion);
        Assert.Null(image.Compression);
    }

    [Theory]
    [InlineData(0x20_0000u, 0x0234_5678ul, 0x240_0000ul)]
    [InlineData(0x1000u, 0x100_0000ul, 0x100_0000ul)]
    [InlineData(0x20_0000u, 0ul, 0x20_0000ul)]
    public void A_relocatable_image_goes_where_it_prefers_to_be_aligned(uint alignment, ulong wish, ulong address)
    {
        byte[] file = OwnCode();
        BzImageBuilder.U32(file, 0x230, alignment);
        BitConverter.TryWriteBytes(file.AsSpan(0x258), wish);
        Assert.Equal(new GuestAddress(address), ImageLoader.Open(BootTest.Source(file)).Segments[0].Address);
    }

    [Theory]
    [InlineData(0x230, 0ul)]
    [InlineData(0x230, 3ul)]
    [InlineData(0x258, ulong.MaxValue)]
    [InlineData(0x258, 0x1_0000_0000ul)]
    public void Wishes_that_no_loader_can_fulfil_are_refused(int offset, ulong value)
    {
        byte[] file = OwnCode();
        if (offset == 0x230) BzImageBuilder.U32(file, offset, (uint)value);
        else BitConverter.TryWriteBytes(file.AsSpan(offset), value);
        Assert.Equal(offset, Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file))).Offset);
    }

    [Fact]
    public void Room_that_a_kernel_needs_to_decompress_itself_is_kept_free_of_its_initrd()
    {
        using GuestMemory memory = BootTest.Memory(0x130_0000);
        BootImage image = ImageLoader.Open(BootTest.Source(OwnCode()));
        var fits = new BootParameters { Initrds = [new BootModule(BootTest.Source(new byte[0x10_0000]))] };
        var overlaps = new BootParameters { Initrds = [new BootModule(BootTest.Source(new byte[0x10_0001]))] };

        image.Place(memory, fits);
        Assert.Equal(0x120_0000u, memory.At<uint>(0x7218));
        Assert.Throws<ImageNotBootableException>(() => image.Place(memory, overlaps));
    }

    [Fact]
    public void Room_that_a_kernel_needs_to_decompress_itself_is_RAM()
    {
        BootImage image = ImageLoader.Open(BootTest.Source(OwnCode()));
        using GuestMemory enough = BootTest.Memory(0x120_0000), tooLittle = BootTest.Memory(0x11F_F000);

        Assert.Equal(image.Entry.Value, image.Place(enough, new BootParameters()).InstructionPointer);
        var error = Assert.Throws<ImageNotBootableException>(() => image.Place(tooLittle, new BootParameters()));
        Assert.Contains("init_size", error.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x248, 0x1000_0000u)]
    [InlineData(0x24C, 0x1000_0000u)]
    [InlineData(0x24C, 0xFFFF_FFFFu)]
    public void A_payload_outside_the_image_is_refused(int offset, uint value)
    {
        byte[] file = BzImageBuilder.Build(Payload);
        BzImageBuilder.U32(file, offset, value);
        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file)));
        Assert.Contains("the compressed kernel", error.Rule, StringComparison.Ordinal);
    }

    private static byte[] OwnCode() => BzImageBuilder.Build([0xDE, 0xAD, 0xBE, 0xEF, .. BootTest.Pattern(5000)]);
}
