using System.Numerics;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>
/// The shape of a guest's processors as CPUID tells it: one package, a core for each vCPU, one thread a core; APIC ids count up from 0. Each
/// maker has leaves of its own for the same facts, and guests compare those that they know: all of them must agree.
/// </summary>
/// <param name="Cores">How many vCPUs.</param>
/// <param name="IsAmd">Whether the leaves are read as AMD defines them (and Hygon).</param>
internal readonly record struct CpuTopology(uint Cores, bool IsAmd)
{
    private const uint ExtendedTopology = 0xB;
    private const uint ExtendedTopologyV2 = 0x1F;
    private const uint AmdExtendedTopology = 0x8000_0026;
    private const uint VendorLeaf = 0;
    private const uint VendorAmd = 0x6874_7541; // "Auth"
    private const uint VendorHygon = 0x6F67_7948; // "Hygo"

    private const uint LevelSmt = 1;
    private const uint LevelCore = 2;

    private const uint CacheTypeMask = 0x1F;
    private const int CacheLevelShift = 5;
    private const uint CacheLevelMask = 7;
    private const int CacheSharingShift = 14;
    private const uint CacheOwnMask = (1u << CacheSharingShift) - 1;
    private const uint SharedCacheLevel = 3;

    /// <summary>How many bits of an APIC id tell the cores of the package apart.</summary>
    public int CoreBits => Cores <= 1 ? 0 : BitOperations.Log2(Cores - 1) + 1;

    /// <summary>The shape of a machine on a host with these leaves.</summary>
    public static CpuTopology Of(ReadOnlySpan<kvm_cpuid_entry2> supported, int count)
    {
        uint vendor = 0;
        foreach (kvm_cpuid_entry2 leaf in supported)
        {
            if (leaf.function == VendorLeaf) vendor = leaf.ebx;
        }

        return new CpuTopology((uint)count, vendor is VendorAmd or VendorHygon);
    }

    /// <summary>
    /// The leaves with the extended topology of one vCPU in place of the host's. KVM offers these leaves without their levels, or with the host's own,
    /// as the kernel's version has it.
    /// </summary>
    public kvm_cpuid_entry2[] WithLevels(ReadOnlySpan<kvm_cpuid_entry2> supported, uint apicId)
    {
        var leaves = new List<kvm_cpuid_entry2>(supported.Length + 4);
        uint last = 0;
        foreach (kvm_cpuid_entry2 leaf in supported)
        {
            if (leaf.function == VendorLeaf) last = leaf.eax;
            if (leaf.function is not (ExtendedTopology or ExtendedTopologyV2 or AmdExtendedTopology)) leaves.Add(leaf);
        }

        foreach (uint function in (ReadOnlySpan<uint>)[ExtendedTopology, ExtendedTopologyV2])
        {
            if (function > last) continue; // a guest would not ask
            leaves.Add(Level(function, 0, LevelSmt, shift: 0, processors: 1, apicId));
            leaves.Add(Level(function, 1, LevelCore, CoreBits, Cores, apicId));
            leaves.Add(Level(function, 2, type: 0, shift: 0, processors: 0, apicId));
        }

        return [.. leaves];
    }

    /// <summary>
    /// Who shares a cache, in EAX of leaf 4 and of AMD's 0x8000001D: the first two levels belong to one core, the third to the package, so that a guest's
    /// scheduler takes its CPUs for neighbours.
    /// </summary>
    /// <param name="eax">The register as the host has it; a cache of type 0 is the end of the list and stays.</param>
    public uint CacheSharing(uint eax)
    {
        if ((eax & CacheTypeMask) == 0) return eax;
        uint level = (eax >> CacheLevelShift) & CacheLevelMask;
        uint sharing = level < SharedCacheLevel ? 0 : IsAmd ? Cores - 1 : (1u << CoreBits) - 1; // Intel counts ids, AMD processors
        return (eax & CacheOwnMask) | (sharing << CacheSharingShift);
    }

    private static kvm_cpuid_entry2 Level(uint function, uint index, uint type, int shift, uint processors, uint apicId) => new()
    {
        function = function,
        index = index,
        flags = KvmConstants.KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
        eax = (uint)shift,
        ebx = processors,
        ecx = (type << 8) | index,
        edx = apicId,
    };
}
