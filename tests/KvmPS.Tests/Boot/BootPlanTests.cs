using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>A plan says what a boot does: compared with the memory that a real placement leaves.</summary>
public sealed class BootPlanTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-plan-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Linux_finds_its_initrd_and_its_map_where_the_plan_says()
    {
        byte[] kernel = new ElfBuilder().Load(BootTest.Pattern(0x1000), 0x10_0000).LinuxNote().Build();
        BootPlan plan = BootPlan.Of(Config(new KernelBoot(Store("vmlinux", kernel))
        {
            Initrds = [Store("one", BootTest.Pattern(5000)), Store("two", BootTest.Pattern(99))], CommandLine = "quiet",
        }));

        using GuestMemory memory = BootTest.Memory();
        ImageLoader.Open(BootTest.Source(kernel)).Place(memory, new BootParameters
        {
            Initrds = [new BootModule(BootTest.Source(BootTest.Pattern(5000))), new BootModule(BootTest.Source(BootTest.Pattern(99)))],
            CommandLine = "quiet",
            MpProcessors = 2,
        });
        ReservedRange initrd = Assert.Single(plan.Placement.Modules);
        Assert.Equal((memory.At<uint>(0x7218), memory.At<uint>(0x721C)), ((uint)initrd.Start.Value, (uint)initrd.Size));
        Assert.Equal(E820Map.Of(memory).Entries, plan.Placement.MemoryMap!.Entries);
        Assert.Equal((ImageFormat.Elf, BootProtocol.Linux64, CpuMode.Long, 0x10_0000ul), (plan.Format, plan.Protocol, plan.Entry.Mode, plan.EntryAddress.Value));
        Assert.Equal(0x7000ul, plan.Entry.Rsi);
    }

    [Fact]
    public void Tables_are_where_the_plan_says()
    {
        byte[] kernel = new ElfBuilder().Load(BootTest.Pattern(0x1000), 0x10_0000).LinuxNote().Build();
        BootPlan plan = BootPlan.Of(Config(new KernelBoot(Store("vmlinux", kernel))));
        Assert.Equal(
            ["the boot GDT", "the zero page", "the boot page tables", "the command line", "the MP floating pointer", "the MP configuration table"],
            plan.Placement.Structures.Select(static range => range.Purpose).Take(6));
        Assert.All(plan.Placement.Structures, range => Assert.All(plan.Segments, segment => Assert.False(range.Overlaps(segment.Address, segment.MemorySize))));
    }

    [Fact]
    public void Modules_of_other_kernels_are_told_one_by_one()
    {
        byte[] kernel = new ElfBuilder().Load(BootTest.Pattern(0x1000), 0x10_0000).PvhNote(0x10_0000).Build();
        BootPlan plan = BootPlan.Of(Config(new KernelBoot(Store("pvh", kernel)) { Initrds = [Store("one", [1]), Store("two", [2, 3])] }));
        Assert.Equal([(0x10_1000ul, 1ul), (0x10_2000ul, 2ul)], plan.Placement.Modules.Select(static range => (range.Start.Value, range.Size)));
        Assert.EndsWith("two", plan.Placement.Modules[1].Purpose, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_code_is_told_no_memory_map()
    {
        BootPlan plan = BootPlan.Of(Config(new CodeBoot(new byte[] { 0xF4 }, CpuMode.Long, 0x2000)));
        Assert.Equal((BootProtocol.Raw, 0x2000ul), (plan.Protocol, plan.EntryAddress.Value));
        Assert.Null(plan.Placement.MemoryMap);
    }

    [Fact]
    public void What_could_not_start_has_no_plan()
    {
        byte[] kernel = new ElfBuilder().Load(BootTest.Pattern(0x1000), 0x10_0000).LinuxNote().Build();
        string path = Store("vmlinux", kernel);
        Assert.Throws<ImageNotBootableException>(() => BootPlan.Of(Config(new KernelBoot(path) { CommandLine = new string('x', 5000) })));
        Assert.Throws<ImageNotBootableException>(() => BootPlan.Of(Config(new KernelBoot(path)) with { MemoryBytes = 1 << 19 }));
    }

    [Fact]
    public void A_machine_of_a_TiB_can_be_planned()
    {
        byte[] kernel = new ElfBuilder().Load(BootTest.Pattern(0x1000), 0x10_0000).LinuxNote().Build();
        BootPlan plan = BootPlan.Of(Config(new KernelBoot(Store("vmlinux", kernel))) with { MemoryBytes = 1ul << 40 });
        Assert.Equal((1ul << 40) + MemoryLayout.MmioHoleEnd - MemoryLayout.MmioHoleStart, plan.Placement.MemoryMap!.Entries[^1].End.Value);
    }

    private static MachineConfig Config(BootSource boot) => new() { Name = "plan", Boot = boot, MemoryBytes = 64 * BootTest.MiB, VcpuCount = 2 };

    private string Store(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
