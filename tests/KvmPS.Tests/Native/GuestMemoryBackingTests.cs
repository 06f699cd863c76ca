using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>How the host backs a guest's RAM: huge pages, all at once, not at all.</summary>
[Collection(nameof(ExclusiveCollection))]
public sealed class GuestMemoryBackingTests : IDisposable
{
    private const ulong MiB = 1 << 20;
    private const ulong GiB = 1 << 30;
    private const ulong Size = 64 * MiB;

    private static readonly GuestAddress HoleStart = new(3 * GiB);
    private static readonly GuestAddress HoleEnd = new(4 * GiB);

    private readonly string _folder = Directory.CreateTempSubdirectory("kvmps-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static GuestMemory Allocate(ulong size, bool hugePages = false, bool prefault = false) =>
        GuestMemory.Allocate(size, HoleStart, HoleEnd, new GuestMemoryOptions { HugePages = hugePages, Prefault = prefault });

    [Fact]
    public void Prefaulted_memory_is_there_before_it_is_touched()
    {
        long before = ResidentBytes();
        using GuestMemory memory = Allocate(Size, prefault: true);
        Assert.InRange(ResidentBytes() - before, (long)Size * 9 / 10, long.MaxValue);
        Assert.Equal(0ul, memory.Read<ulong>(new GuestAddress(Size - 8)));
    }

    [Fact]
    public void Kernel_that_cannot_populate_is_helped_by_touching()
    {
        using MappedMemory memory = MappedMemory.Anonymous(Size);
        long before = ResidentBytes();
        memory.Touch();
        Assert.InRange(ResidentBytes() - before, (long)Size * 9 / 10, long.MaxValue);
    }

    [Fact]
    public void More_than_the_host_has_is_refused_before_it_is_tried()
    {
        NativeCounts before = NativeCounts.Now();
        var error = Assert.Throws<KvmException>(() => Allocate(64ul << 40, prefault: true));
        Assert.Equal("ENOMEM", error.ErrnoName);
        Assert.Equal(before, NativeCounts.Now());
    }

    [Fact]
    public void Huge_pages_are_given_where_the_host_has_them()
    {
        Assert.SkipWhen(HugePages.Mode is null or "never", "This host's kernel uses no transparent huge pages.");
        using GuestMemory memory = Allocate(Size, hugePages: true, prefault: true);
        ulong got = memory.CountHugePageBytes();
        Assert.InRange(got, HugePages.Size, Size);
        Assert.Equal(0ul, got % HugePages.Size);
    }

    [Fact]
    public void Huge_pages_are_given_to_those_who_ask()
    {
        Assert.SkipUnless(HugePages.Mode == "madvise", "This host's kernel uses huge pages for all or for nobody.");
        using GuestMemory memory = Allocate(Size, prefault: true);
        Assert.Equal(0ul, memory.CountHugePageBytes());
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.CountHugePageBytes());
    }

    [Theory]
    [InlineData(3 * GiB, 4 * GiB)]
    [InlineData(3 * GiB, (4 * GiB) + GuestMemory.PageSize)]
    [InlineData(GuestMemory.PageSize, 16ul * GuestMemory.PageSize)]
    public void Addresses_of_guest_and_host_agree_within_a_huge_page(ulong holeStart, ulong holeEnd)
    {
        NativeCounts before = NativeCounts.Now();
        using (GuestMemory memory = GuestMemory.Allocate(holeStart + (4 * MiB), new GuestAddress(holeStart), new GuestAddress(holeEnd), new GuestMemoryOptions { HugePages = true }))
        {
            Assert.Equal(2, memory.Regions.Count);
            Assert.All(memory.Regions, static region => Assert.Equal(region.Start.Value % HugePages.Size, region.Mapping.Address % HugePages.Size));
            GuestAddress last = memory.Regions[^1].End;
            memory.Write(new GuestAddress(last.Value - sizeof(ulong)), 0x0123_4567_89AB_CDEFul);
            Assert.Equal(0x0123_4567_89AB_CDEFul, memory.Read<ulong>(new GuestAddress(last.Value - sizeof(ulong))));
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    [Fact]
    public void Huge_pages_are_counted_from_the_list_of_mappings()
    {
        string[] list =
        [
            "7f0000000000-7f0000400000 rw-p 00000000 00:00 0 ",
            "Size:               4096 kB",
            "AnonHugePages:      4096 kB",
            "VmFlags: rd wr mr mw me ac sd hg ",
            "7f0000400000-7f0000800000 rw-p 00000000 00:00 0                          [anon: with-a-dash]",
            "AnonHugePages:      2048 kB",
            "7f0000800000-7f0000c00000 rw-p 00000000 00:00 0 ",
            "AnonHugePages:         0 kB",
        ];
        Assert.Equal(4 * MiB, HugePages.CountBytes(list, 0x7f00_0000_0000, 0x7f00_0040_0000));
        Assert.Equal(6 * MiB, HugePages.CountBytes(list, 0x7f00_0000_0000, 0x7f00_00c0_0000));
        Assert.Equal(1 * MiB, HugePages.CountBytes(list, 0x7f00_0050_0000, 0x7f00_0060_0000)); // not more than the range has
        Assert.Equal(0ul, HugePages.CountBytes(list, 0x7f00_0080_0000, 0x7f00_00c0_0000));
        Assert.Equal(0ul, HugePages.CountBytes(list, 0x1000, 0x2000));
        Assert.Equal("madvise", HugePages.ChosenOf("always [madvise] never\n"));
        Assert.Null(HugePages.ChosenOf("nothing"));
    }

    [Fact]
    public void Control_group_leaves_its_limit_less_what_cannot_be_taken_back()
    {
        Assert.Equal(ulong.MaxValue, HostMemory.Headroom(_folder));
        Write("memory.max", "max\n");
        Assert.Equal(ulong.MaxValue, HostMemory.Headroom(_folder));
        Write("memory.max", "1000000\n");
        Write("memory.current", "700000\n");
        Write("memory.stat", "anon 500000\nfile 200000\ninactive_file 100000\nactive_file 100000\n");
        Assert.Equal(400_000ul, HostMemory.Headroom(_folder));
        Write("memory.current", "1200000\n");
        Assert.Equal(0ul, HostMemory.Headroom(_folder));
        Assert.InRange(HostMemory.AvailableBytes(), 1ul, 1ul << 52);

        void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
    }

    [Fact]
    public void A_tebibyte_costs_only_the_pages_touched()
    {
        long before = ResidentBytes();
        using GuestMemory memory = Allocate(1ul << 40);
        GuestAddress last = new((1ul << 40) + GiB - sizeof(ulong));
        Assert.Equal("[0x0-0xc0000000), [0x100000000-0x10040000000)", string.Join(", ", memory.Regions));
        memory.Write(last, 42ul);
        Assert.Equal(42ul, memory.Read<ulong>(last));
        Assert.False(memory.Contains(last, sizeof(ulong) + 1));
        Assert.InRange(ResidentBytes() - before, long.MinValue, (long)GiB);
    }

    /// <summary>The kernel keeps notes for each page of a slot, on some hosts 8 bytes, so it may refuse.</summary>
    [KvmFact]
    public void A_machine_of_a_tebibyte_can_be_made_and_freed()
    {
        NativeCounts before = NativeCounts.Now();
        using (Kvm kvm = Kvm.Open())
        using (VmFd vm = kvm.CreateVm())
        using (GuestMemory memory = Allocate(1ul << 40))
        {
            KvmException? refusal = Record.Exception(() => vm.MapMemory(memory)) as KvmException;
            Assert.True(refusal is null or { Call: "KVM_SET_USER_MEMORY_REGION", ErrnoName: "ENOMEM" }, refusal?.Message);
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    private static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * GuestMemory.PageSize;
}
