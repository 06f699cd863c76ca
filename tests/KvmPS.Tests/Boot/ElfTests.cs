using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

public sealed class ElfTests
{
    private static readonly byte[] Data = BootTest.Pattern(0x1234);

    [Fact]
    public void Segments_are_placed_and_followed_by_zeros()
    {
        using GuestMemory memory = BootTest.Memory();
        memory.Fill(new GuestAddress(0x10_0000), 0x10_0000, 0xCC);
        byte[] file = new ElfBuilder().Load(Data, 0x10_0000, 0x3000).Load(Data[..16], 0x18_0000).Build();

        CpuEntry entry = ImageLoader.Open(BootTest.Source(file)).Place(memory, new BootParameters());

        Assert.Equal((CpuMode.Long, 0x10_0000ul, 0x7000ul), (entry.Mode, entry.InstructionPointer, entry.Rsi));
        Assert.Equal(Data, memory.Bytes(0x10_0000, Data.Length));
        Assert.Equal(new byte[0x3000 - Data.Length], memory.Bytes(0x10_0000ul + (ulong)Data.Length, 0x3000 - Data.Length));
        Assert.Equal(0xCC, memory.At<byte>(0x10_3000));
        Assert.Equal(Data[..16], memory.Bytes(0x18_0000, 16));
    }

    [Theory]
    [InlineData(0x10_0040ul)]
    [InlineData(0xFFFF_FFFF_8010_0040ul)]
    public void A_virtual_entry_is_translated_and_a_physical_one_is_not(ulong entry)
    {
        byte[] file = new ElfBuilder { Entry = entry }.Load(Data, 0x10_0000, linked: 0xFFFF_FFFF_8010_0000).Build();
        Assert.Equal(new GuestAddress(0x10_0040), ImageLoader.Open(BootTest.Source(file)).Entry);
    }

    [Fact]
    public void Linux_with_a_PVH_note_is_entered_as_Linux_and_others_by_the_note()
    {
        byte[] other = new ElfBuilder().Load(Data, 0x10_0000).PvhNote(0x10_0100).Build();
        byte[] linux = new ElfBuilder().Load(Data, 0x10_0000).PvhNote(0x10_0100).LinuxNote().Build();

        BootImage image = ImageLoader.Open(BootTest.Source(other));
        Assert.Equal((BootProtocol.Pvh, new GuestAddress(0x10_0100)), (image.Protocol, image.Entry));
        image = ImageLoader.Open(BootTest.Source(linux));
        Assert.Equal((BootProtocol.Linux64, new GuestAddress(0x10_0000)), (image.Protocol, image.Entry));
    }

    [Fact]
    public void A_32_bit_ELF_file_may_be_a_PVH_kernel_but_not_a_64_bit_Linux()
    {
        byte[] pvh = new ElfBuilder { Is64 = false, Machine = 3 }.Load(Data, 0x10_0000).PvhNote(0x10_0100).Build();
        byte[] plain = new ElfBuilder { Is64 = false, Machine = 3 }.Load(Data, 0x10_0000).Build();

        Assert.Equal(CpuMode.Protected, ImageLoader.Open(BootTest.Source(pvh)).Mode);
        Assert.Equal(18, Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(plain))).Offset);
    }

    [Fact]
    public void PVH_start_info_lists_command_line_module_and_memory()
    {
        using GuestMemory memory = BootTest.Memory();
        byte[] file = new ElfBuilder().Load(Data, 0x10_0000).PvhNote(0x10_0100).Build();
        byte[] first = BootTest.Pattern(5000, 2), second = BootTest.Pattern(3, 3);

        CpuEntry entry = ImageLoader.Open(BootTest.Source(file)).Place(memory, new BootParameters
        {
            CommandLine = "hello",
            Initrds = [new BootModule(BootTest.Source(first), "first a=b"), new BootModule(BootTest.Source(second, "second"))],
            Acpi = AcpiTablesTests.Tables(),
        });

        Assert.Equal(new CpuEntry { Mode = CpuMode.Protected, InstructionPointer = 0x10_0100, Rbx = 0x6000 }, entry);
        Assert.Equal((0x336E_C578u, 1u, 0u, 2u), (memory.At<uint>(0x6000), memory.At<uint>(0x6004), memory.At<uint>(0x6008), memory.At<uint>(0x600C)));
        Assert.Equal("hello", memory.Text(memory.At<ulong>(0x6018)));
        Assert.Equal(0xE_0000ul, memory.At<ulong>(0x6020));

        ulong modules = memory.At<ulong>(0x6010);
        Assert.Equal(first, memory.Bytes(memory.At<ulong>(modules), (int)memory.At<ulong>(modules + 8)));
        Assert.Equal("first a=b", memory.Text(memory.At<ulong>(modules + 16)));
        Assert.Equal(second, memory.Bytes(memory.At<ulong>(modules + 32), (int)memory.At<ulong>(modules + 40)));
        Assert.Equal("second", memory.Text(memory.At<ulong>(modules + 48)));

        ulong map = memory.At<ulong>(0x6028);
        E820Map expected = E820Map.Of(memory);
        Assert.Equal((uint)expected.Entries.Count, memory.At<uint>(0x6030));
        for (int i = 0; i < expected.Entries.Count; i++, map += 24)
            Assert.Equal(expected.Entries[i], new E820Entry(memory.At<GuestAddress>(map), memory.At<ulong>(map + 8), (E820Type)memory.At<uint>(map + 16)));
    }

    [Fact]
    public void Linux_by_PVH_gets_one_module_of_all_initrds()
    {
        using GuestMemory memory = BootTest.Memory();
        byte[] file = new ElfBuilder().Load(Data, 0x10_0000).PvhNote(0x10_0100).LinuxNote().Build();
        byte[] first = BootTest.Pattern(5, 2), second = BootTest.Pattern(9, 3);

        ImageLoader.Open(BootTest.Source(file), new ImageOptions { Entry = EntryChoice.Pvh }).Place(memory, new BootParameters
        {
            Initrds = [new BootModule(BootTest.Source(first)), new BootModule(BootTest.Source(second))],
        });

        Assert.Equal(1u, memory.At<uint>(0x600C));
        ulong module = memory.At<ulong>(0x6010);
        Assert.Equal(17ul, memory.At<ulong>(module + 8));
        Assert.Equal([.. first, 0, 0, 0, .. second], memory.Bytes(memory.At<ulong>(module), 17));
    }

    [Theory]
    [InlineData(4, 3, "EI_CLASS")]
    [InlineData(5, 2, "EI_DATA")]
    [InlineData(16, 1, "e_type")]
    [InlineData(18, 40, "e_machine")]
    [InlineData(54, 55, "e_phentsize")]
    [InlineData(56, 0, "e_phnum")]
    public void A_broken_header_is_named_with_its_byte(int offset, byte value, string field)
    {
        byte[] file = new ElfBuilder().Load(Data, 0x10_0000).Build();
        file[offset] = value;

        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file, "vmlinux")));
        Assert.Equal(("vmlinux", (long?)offset), (error.Image, error.Offset));
        Assert.Contains(field, error.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_an_operating_system_is_no_kernel()
    {
        ElfBuilder program = new ElfBuilder().Load(Data, 0x10_0000).Interpreter("/lib64/ld-linux-x86-64.so.2").PvhNote(0x10_0000);
        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(program.Build())));
        Assert.Equal(program.DataOffset + Data.Length, error.Offset);
        Assert.Contains("PT_INTERP", error.Rule, StringComparison.Ordinal);

        using var list = new FileImageSource("/bin/ls");
        Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(list));
    }

    [Fact]
    public void A_shared_object_is_a_kernel_only_when_it_says_so()
    {
        byte[] library = new ElfBuilder { Type = 3 }.Load(Data, 0x10_0000).Build();
        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(library)));
        Assert.Equal(16, error.Offset);

        byte[] kernel = new ElfBuilder { Type = 3 }.Load(Data, 0x10_0000).PvhNote(0x10_0000).Build();
        Assert.Equal(BootProtocol.Pvh, ImageLoader.Open(BootTest.Source(kernel)).Protocol);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] file = new ElfBuilder().Load(Data[..64], 0x10_0000).PvhNote(0x10_0000).Build();
        for (int length = 0; length < file.Length; length++)
        {
            byte[] cut = file[..length];
            Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(cut)));
        }
    }

    [Theory]
    [InlineData(0x10_0000ul, 0x10_0FFFul, "overlaps")]
    [InlineData(ulong.MaxValue - 0x800, 0x20_0000ul, "leaves the address space")]
    public void Segments_that_collide_or_wrap_are_refused(ulong first, ulong second, string rule)
    {
        byte[] file = new ElfBuilder().Load(Data[..0x1000], first).Load(Data[..0x1000], second).Build();
        Assert.Contains(rule, Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file))).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_larger_in_the_file_than_in_memory_is_refused()
    {
        byte[] file = new ElfBuilder().Load(Data, 0x10_0000, 16).Build();
        Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file)));
    }

    [Theory]
    [InlineData(0x6F00ul, "the zero page")]
    [InlineData(0x9000ul, "the boot page tables")]
    [InlineData(0x2_FFFFul, "the command line")]
    [InlineData(0x3FF_F001ul, "not all RAM")]
    [InlineData(0xC000_0000ul, "not all RAM")]
    public void Segments_on_boot_structures_or_off_RAM_are_refused(ulong address, string rule)
    {
        byte[] file = new ElfBuilder { Entry = address }.Load(Data[..0x1000], address).Build();
        using GuestMemory memory = BootTest.Memory();
        BootImage image = ImageLoader.Open(BootTest.Source(file));
        Assert.Contains(rule, Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters())).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Notes_are_bounded_by_their_sum_and_not_one_by_one()
    {
        byte[] half = new byte[(1 << 19) - 16];
        byte[] fits = new ElfBuilder().Load(Data, 0x10_0000).Note("x", 1, half).Note("y", 1, half).Build();
        byte[] exceeds = new ElfBuilder().Load(Data, 0x10_0000).Note("x", 1, half).Note("y", 1, half).LinuxNote().Build();

        Assert.Equal(BootProtocol.Linux64, ImageLoader.Open(BootTest.Source(fits)).Protocol);
        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(exceeds)));
        Assert.Contains("more than 1 MiB", error.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_64_bit_entry_above_4_GiB_is_refused_since_it_is_not_mapped()
    {
        byte[] file = new ElfBuilder { Entry = 0x1_0000_0000 }.Load([0xF4], 0x1_0000_0000).Build();
        Assert.Equal(24, Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file))).Offset);
    }

    [Fact]
    public void Claims_of_gigabytes_allocate_nothing()
    {
        byte[] file = new ElfBuilder().Load(Data, 0x10_0000, 1ul << 40).Build();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using GuestMemory memory = BootTest.Memory();
        BootImage image = ImageLoader.Open(BootTest.Source(file));
        Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }
}
