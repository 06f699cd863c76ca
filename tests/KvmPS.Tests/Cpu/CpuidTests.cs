using System.Numerics;
using KvmPS.Core.Cpu;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Cpu;

/// <summary>What the processors of a guest say of themselves, read as guests read it.</summary>
public class CpuidTests
{
    private const uint Significant = KvmConstants.KVM_CPUID_FLAG_SIGNIFCANT_INDEX;

    /// <summary>An Intel host as KVM shows it, with the host's own topology in it and its levels missing, as new kernels have it.</summary>
    private static readonly kvm_cpuid_entry2[] Intel =
    [
        new() { function = 0, eax = 0x1F, ebx = 0x756E_6547, ecx = 0x6C65_746E, edx = 0x4965_6E69 },
        new() { function = 1, eax = 0x806F8, ebx = 0x5E10_0807, ecx = (1u << 3) | (1u << 21) | (1u << 24), edx = (1u << 9) | (1u << 28) },
        new() { function = 4, index = 0, flags = Significant, eax = 0xFC00_4121, ebx = 0x02C0_003F, ecx = 0x3F },
        new() { function = 4, index = 1, flags = Significant, eax = 0xFC01_C163, ebx = 0x03C0_003F, ecx = 0x7FF },
        new() { function = 4, index = 2, flags = Significant },
        new() { function = 5, eax = 0x40, ebx = 0x40, ecx = 3, edx = 0x2020 },
        new() { function = 0xA, eax = 0x0830_0805, edx = 0x8603 },
        new() { function = 0xB, flags = Significant, edx = 0x5E },
        new() { function = 0x1F, flags = Significant, edx = 0x5E },
        new() { function = 0x4000_0000, eax = 0x4000_0001, ebx = 0x4B4D_564B, ecx = 0x564B_4D56, edx = 0x4D },
        new() { function = 0x4000_0001, eax = 0x0100_7EFB },
        new() { function = 0x8000_0001, ecx = 0x121, edx = 0x2C10_0800 },
        new() { function = 0x8000_0008, eax = 0x0030_3934 },
    ];

    /// <summary>An AMD host of 8 cores with 2 threads each, with its own topology in all leaves.</summary>
    private static readonly kvm_cpuid_entry2[] Amd =
    [
        new() { function = 0, eax = 0x10, ebx = 0x6874_7541, ecx = 0x444D_4163, edx = 0x6974_6E65 },
        new() { function = 1, eax = 0x00A0_0F11, ebx = 0x0B10_0800, ecx = 1u << 21, edx = (1u << 9) | (1u << 28) },
        new() { function = 0xB, index = 0, flags = Significant, eax = 1, ebx = 2, ecx = 0x100, edx = 0xB },
        new() { function = 0xB, index = 1, flags = Significant, eax = 4, ebx = 16, ecx = 0x201, edx = 0xB },
        new() { function = 0x4000_0000, eax = 0x4000_0001, ebx = 0x4B4D_564B, ecx = 0x564B_4D56, edx = 0x4D },
        new() { function = 0x4000_0001, eax = 0x0100_7EFB },
        new() { function = 0x8000_0001, ecx = (1u << 1) | (1u << 22), edx = 0x2C10_0800 },
        new() { function = 0x8000_0008, eax = 0x3030, ebx = 0x1000, ecx = 0x0001_400F },
        new() { function = 0x8000_001D, index = 0, flags = Significant, eax = 0x0000_4121 },
        new() { function = 0x8000_001D, index = 3, flags = Significant, eax = 0x0003_C163 },
        new() { function = 0x8000_001D, index = 4, flags = Significant },
        new() { function = 0x8000_001E, eax = 0xB, ebx = 0x0105, ecx = 0x300 },
        new() { function = 0x8000_0026, index = 0, flags = Significant, eax = 1, ebx = 2, ecx = 0x100, edx = 0xB },
    ];

    public static TheoryData<bool, int> Machines()
    {
        var data = new TheoryData<bool, int>();
        foreach (bool amd in (bool[])[false, true])
        {
            foreach (int count in (int[])[1, 2, 3, 4, 64]) data.Add(amd, count);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void All_vCPUs_are_cores_of_one_package_with_ids_of_their_own(bool amd, int count)
    {
        var ids = new HashSet<uint>();
        for (int index = 0; index < count; index++)
        {
            kvm_cpuid_entry2[] leaves = Build(amd, index, count);
            kvm_cpuid_entry2 features = Leaf(leaves, 1);
            Assert.Equal((uint)index, features.ebx >> 24);
            Assert.Equal((uint)count, (features.ebx >> 16) & 0xFF);
            Assert.Equal(count > 1, (features.edx & (1u << 28)) != 0);
            Assert.True(ids.Add(features.ebx >> 24));
            CheckLevels(leaves, 0xB, index, count);
            if (!amd) CheckLevels(leaves, 0x1F, index, count);
        }

        Assert.Equal(count, ids.Count);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(64, 63)]
    public void Intel_caches_say_who_shares_them(int count, int packageIds)
    {
        kvm_cpuid_entry2[] leaves = Build(amd: false, 0, count);
        kvm_cpuid_entry2 first = Leaf(leaves, 4);
        kvm_cpuid_entry2 last = Leaf(leaves, 4, 1);
        Assert.Equal((0u, (uint)count - 1), ((first.eax >> 14) & 0xFFF, first.eax >> 26));
        Assert.Equal(((uint)packageIds, (uint)count - 1), ((last.eax >> 14) & 0xFFF, last.eax >> 26));
        Assert.Equal(0x121u, first.eax & 0x3FFF);
        Assert.Equal(0x163u, last.eax & 0x3FFF);
        Assert.Equal(0u, Leaf(leaves, 4, 2).eax); // the end of the list
        Assert.Equal(0u, Leaf(leaves, 0x8000_0008).ecx);
        Assert.Equal(0x121u, Leaf(leaves, 0x8000_0001).ecx);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(64, 6)]
    public void AMD_leaves_tell_the_same_shape(int count, int idBits)
    {
        kvm_cpuid_entry2[] leaves = Build(amd: true, count - 1, count);
        kvm_cpuid_entry2 sizes = Leaf(leaves, 0x8000_0008);
        Assert.Equal((0x1_0000u, (uint)idBits, (uint)count - 1), (sizes.ecx & 0xFFFF_0F00, (sizes.ecx >> 12) & 0xF, sizes.ecx & 0xFF));
        Assert.Equal((0u, (uint)count - 1), ((Leaf(leaves, 0x8000_001D).eax >> 14) & 0xFFF, (Leaf(leaves, 0x8000_001D, 3).eax >> 14) & 0xFFF));
        Assert.Equal(0u, Leaf(leaves, 0x8000_001D, 4).eax);
        kvm_cpuid_entry2 node = Leaf(leaves, 0x8000_001E);
        Assert.Equal(((uint)count - 1, (uint)count - 1, 0u), (node.eax, node.ebx, node.ecx));
        Assert.Equal(count > 1, (Leaf(leaves, 0x8000_0001).ecx & 2) != 0);
        Assert.DoesNotContain(leaves, static leaf => leaf.function == 0x8000_0026); // the host's own
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_no_topology_stays_or_is_hidden(bool amd)
    {
        kvm_cpuid_entry2[] leaves = Build(amd, 0, 2);
        kvm_cpuid_entry2 features = Leaf(leaves, 1);
        Assert.NotEqual(0u, features.ecx & (1u << 31)); // under a hypervisor
        Assert.NotEqual(0u, features.ecx & (1u << 21)); // x2APIC
        Assert.NotEqual(0u, features.ecx & (1u << 24)); // TSC deadline
        Assert.Equal(0u, features.ecx & (1u << 3)); // MONITOR
        Assert.Equal(0x0100_7EFBu, Leaf(leaves, 0x4000_0001).eax); // KVM's features, its clock (bits 0, 3 and 24) among them
        Assert.Equal(0x4B4D_564Bu, Leaf(leaves, 0x4000_0000).ebx);
        if (!amd) Assert.All((uint[])[5, 0xA], function => Assert.Equal((0u, 0u), (Leaf(leaves, function).eax, Leaf(leaves, function).edx)));
        Assert.Equal(0u, Leaf(CpuidBuilder.Build(Intel, 0, 2, tscDeadline: false), 1).ecx & (1u << 24));
    }

    [Fact]
    public void Old_host_gets_no_leaves_that_it_has_not()
    {
        kvm_cpuid_entry2[] old = [new() { function = 0, eax = 0xA, ebx = 0x756E_6547 }, Intel[1]];
        Assert.Equal([0u, 1u], CpuidBuilder.Build(old, 1, 4, tscDeadline: true).Select(static leaf => leaf.function));
    }

    [KvmFact]
    public void This_host_takes_the_leaves_of_all_sizes()
    {
        using Kvm kvm = Kvm.Open();
        kvm_cpuid_entry2[] supported = kvm.GetSupportedCpuid();
        Assert.Equal(9u, Leaf(supported, 0x4000_0001).eax & 9); // kvmclock, both ways
        foreach (int count in (int[])[1, 3, 64])
        {
            using VmFd vm = kvm.CreateVm();
            vm.CreateInterruptControllers();
            using VcpuFd vcpu = vm.CreateVcpu(count - 1);
            kvm_cpuid_entry2[] leaves = CpuidBuilder.Build(supported, count - 1, count, tscDeadline: true);
            vcpu.SetCpuid(leaves);
            Assert.Equal(9u, Leaf(leaves, 0x4000_0001).eax & 9);
            if (Leaf(supported, 0).eax >= 0xB) CheckLevels(leaves, 0xB, count - 1, count);
        }
    }

    private static kvm_cpuid_entry2[] Build(bool amd, int index, int count) => CpuidBuilder.Build(amd ? Amd : Intel, index, count, tscDeadline: true);

    private static kvm_cpuid_entry2 Leaf(kvm_cpuid_entry2[] leaves, uint function, uint index = 0) =>
        Assert.Single(leaves, leaf => leaf.function == function && leaf.index == index);

    /// <summary>The levels as Linux walks them: each shift takes ids of one level together, up to the package.</summary>
    private static void CheckLevels(kvm_cpuid_entry2[] leaves, uint function, int index, int count)
    {
        kvm_cpuid_entry2 thread = Leaf(leaves, function);
        kvm_cpuid_entry2 core = Leaf(leaves, function, 1);
        kvm_cpuid_entry2 end = Leaf(leaves, function, 2);
        Assert.All((kvm_cpuid_entry2[])[thread, core, end], leaf => Assert.Equal(((uint)index, Significant), (leaf.edx, leaf.flags)));
        Assert.Equal((0u, 1u, 0x100u), (thread.eax, thread.ebx, thread.ecx));
        Assert.Equal(((uint)count, 0x201u), (core.ebx, core.ecx));
        Assert.Equal((0u, 0u, 2u), (end.eax, end.ebx, end.ecx));
        Assert.Equal(0u, (uint)index >> (int)core.eax); // one package
        Assert.Equal(BitOperations.RoundUpToPowerOf2((uint)count), 1u << (int)core.eax); // and no id is wasted
    }
}
