using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

public sealed class RawCodeTests
{
    private static readonly byte[] Code = [0xB0, 0x41, 0xE6, 0xF4, 0xF4];

    [Fact]
    public void Code_runs_in_real_mode_at_0x1000_by_default()
    {
        using GuestMemory memory = BootTest.Memory(BootTest.MiB);
        BootImage image = RawCode.Open(BootTest.Source(Code));

        Assert.Equal(new CpuEntry { Mode = CpuMode.Real, InstructionPointer = 0x1000, Rsp = 0x1000 }, image.Place(memory, new BootParameters()));
        Assert.Equal(Code, memory.Bytes(0x1000, Code.Length));
        Assert.Equal((ImageFormat.Raw, BootProtocol.Raw), (image.Format, image.Protocol));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0xFFFF, 0, 0xFFFF)]
    [InlineData(0x1_0000, 0x1000, 0)]
    [InlineData(0xF_FFF0, 0xF000, 0xFFF0)]
    public void Real_mode_reaches_the_first_megabyte(int address, int segment, int offset)
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        CpuEntry entry = RawCode.Open(BootTest.Source(Code), CpuMode.Real, new GuestAddress((ulong)address)).Place(memory, new BootParameters());
        Assert.Equal((segment, (ulong)offset), (entry.RealModeSegment, entry.InstructionPointer));
    }

    [Theory]
    [InlineData(CpuMode.Protected, 0x1_2345)]
    [InlineData(CpuMode.Long, 0x10_0000)]
    public void Flat_modes_are_entered_at_the_address(CpuMode mode, int address)
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        CpuEntry entry = RawCode.Open(BootTest.Source(Code), mode, new GuestAddress((ulong)address)).Place(memory, new BootParameters());
        Assert.Equal(new CpuEntry { Mode = mode, InstructionPointer = (ulong)address, Rsp = (ulong)address }, entry);
    }

    [Theory]
    [InlineData(CpuMode.Real, 0x10_0000ul)]
    [InlineData(CpuMode.Protected, 0x1_0000_0000ul)]
    [InlineData(CpuMode.Long, 0x1_0000_0000ul)]
    [InlineData(CpuMode.Long, ulong.MaxValue)]
    public void Addresses_out_of_the_modes_reach_are_refused(CpuMode mode, ulong address) =>
        Assert.Throws<ImageNotBootableException>(() => RawCode.Open(BootTest.Source(Code), mode, new GuestAddress(address)));

    [Theory]
    [InlineData(CpuMode.Protected, 0x400, "the boot GDT")]
    [InlineData(CpuMode.Long, 0x1000, "the boot page tables")]
    public void Code_on_boot_structures_is_refused(CpuMode mode, int address, string structure)
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        BootImage image = RawCode.Open(BootTest.Source(new byte[0x8001]), mode, new GuestAddress((ulong)address));
        Assert.Contains(structure, Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters())).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void In_real_mode_there_are_no_boot_structures()
    {
        using GuestMemory memory = BootTest.Memory(BootTest.MiB);
        byte[] code = BootTest.Pattern(0x8000);
        RawCode.Open(BootTest.Source(code), CpuMode.Real, new GuestAddress(0)).Place(memory, new BootParameters());
        Assert.Equal(code, memory.Bytes(0, code.Length));
    }

    [Fact]
    public void Code_that_does_not_fit_is_refused()
    {
        using GuestMemory memory = BootTest.Memory(0x2000);
        BootImage image = RawCode.Open(BootTest.Source(new byte[0x1001]));
        var error = Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters()));
        Assert.Contains("not all RAM", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_and_useless_parameters_are_refused()
    {
        using GuestMemory memory = BootTest.Memory(BootTest.MiB);
        Assert.Throws<ImageNotBootableException>(() => RawCode.Open(BootTest.Source([])));
        BootImage image = RawCode.Open(BootTest.Source(Code));
        Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters { CommandLine = "quiet" }));
        Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters { Initrds = [new BootModule(BootTest.Source(Code))] }));
    }
}
