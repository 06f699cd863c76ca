using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The real test guest, against facts taken from it with readelf and hexdump.</summary>
public sealed class RealGuestTests
{
    private static readonly ImageSegment[] VmlinuxSegments =
    [
        new(0x20_0000, 0x88_9938, new GuestAddress(0x100_0000), 0x88_9938),
        new(0xC0_0000, 0xA_3000, new GuestAddress(0x1A0_0000), 0xA_3000),
        new(0xCA_3000, 0x8_AAAE, new GuestAddress(0x1AA_3000), 0x17_3000),
    ];

    [Fact]
    public void Vmlinux_is_entered_as_Linux()
    {
        using var source = new FileImageSource(TestGuest.Path("vmlinux"));
        BootImage image = ImageLoader.Open(source);

        Assert.Equal(ImageFormat.Elf, image.Format);
        Assert.Equal(BootProtocol.Linux64, image.Protocol);
        Assert.Equal(CpuMode.Long, image.Mode);
        Assert.Equal(new GuestAddress(0x100_0000), image.Entry);
        Assert.Equal(new GuestAddress(0x1C1_6000), image.End);
        Assert.Equal(VmlinuxSegments, image.Segments);
        Assert.Equal("6.1.192-pvmguest", image.KernelVersion);
        Assert.Null(image.Compression);
        Assert.False(image.IsExtracted);
    }

    [Fact]
    public void Vmlinux_is_entered_by_its_PVH_note_on_request()
    {
        using var source = new FileImageSource(TestGuest.Path("vmlinux"));
        BootImage image = ImageLoader.Open(source, new ImageOptions { Entry = EntryChoice.Pvh });

        Assert.Equal(BootProtocol.Pvh, image.Protocol);
        Assert.Equal(CpuMode.Protected, image.Mode);
        Assert.Equal(new GuestAddress(0x100_04F0), image.Entry);
        Assert.Equal(VmlinuxSegments, image.Segments);
    }

    [Fact]
    public void BzImage_is_extracted_and_entered_in_its_kernel()
    {
        using var source = new FileImageSource(TestGuest.Path("bzImage"));
        BootImage image = ImageLoader.Open(source);

        Assert.Equal(ImageFormat.BzImage, image.Format);
        Assert.Equal(BootProtocol.Linux64, image.Protocol);
        Assert.Equal("lz4", image.Compression);
        Assert.True(image.IsExtracted);
        Assert.Equal(new GuestAddress(0x100_0000), image.Entry);
        Assert.Equal("6.1.192-pvmguest", image.KernelVersion);
        Assert.Empty(image.Notes);
    }

    [Theory]
    [InlineData("bzImage", "vmlinux")]
    [InlineData("bzImage-smp", "vmlinux-smp")]
    public void BzImage_and_vmlinux_place_the_same_bytes(string bzImage, string vmlinux)
    {
        using var packed = new FileImageSource(TestGuest.Path(bzImage));
        using var plain = new FileImageSource(TestGuest.Path(vmlinux));
        using GuestMemory left = BootTest.Memory();
        using GuestMemory right = BootTest.Memory();

        BootImage image = ImageLoader.Open(plain);
        image.Place(left, new BootParameters());
        ImageLoader.Open(packed).Place(right, new BootParameters());

        int length = (int)(image.End.Value - MemoryLayout.Kernel);
        Assert.True(left.Bytes(MemoryLayout.Kernel, length).AsSpan().SequenceEqual(right.Bytes(MemoryLayout.Kernel, length)));
    }

    [Fact]
    public void Without_extraction_the_guest_decompresses_its_kernel()
    {
        using var source = new FileImageSource(TestGuest.Path("bzImage"));
        BootImage image = ImageLoader.Open(source, new ImageOptions { ExtractPayload = false });

        Assert.Equal(BootProtocol.Linux64, image.Protocol);
        Assert.Equal("lz4", image.Compression);
        Assert.False(image.IsExtracted);
        Assert.Equal(new GuestAddress(0x10_0200), image.Entry);
        Assert.Equal(new GuestAddress(0x100_0000 + 0xD9_B000), image.End);
        Assert.Contains("extraction is turned off", Assert.Single(image.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Vmlinux_gets_initrd_command_line_and_zero_page()
    {
        using var source = new FileImageSource(TestGuest.Path("vmlinux"));
        using var initrd = new FileImageSource(TestGuest.Path("initrd-tiny.cpio"));
        using GuestMemory memory = BootTest.Memory();

        CpuEntry entry = ImageLoader.Open(source).Place(memory, new BootParameters
        {
            CommandLine = "console=ttyS0 reboot=k",
            Initrds = [new BootModule(initrd)],
        });

        Assert.Equal(new CpuEntry { Mode = CpuMode.Long, InstructionPointer = 0x100_0000, Rsi = 0x7000 }, entry);
        Assert.Equal("console=ttyS0 reboot=k", memory.Text(memory.At<uint>(0x7228)));
        Assert.Equal(0x3FF_D000u, memory.At<uint>(0x7218));
        Assert.Equal((uint)initrd.Length, memory.At<uint>(0x721C));
        Assert.Equal(File.ReadAllBytes(initrd.Name), memory.Bytes(0x3FF_D000, (int)initrd.Length));
    }
}
