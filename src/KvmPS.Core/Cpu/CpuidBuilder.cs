using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>
/// What CPUID answers in a guest: the leaves that the host and KVM support together, made true for this machine's topology
/// and marked as running under a hypervisor. Bit names are those of [sdm 2A CPUID] and [kvm-cpuid].
/// </summary>
public static class CpuidBuilder
{
    private const uint Leaf1EcxMonitor = 1u << 3;
    private const uint Leaf1EcxTscDeadline = 1u << 24;
    private const uint Leaf1EcxHypervisor = 1u << 31;
    private const uint Leaf1EdxHyperThreading = 1u << 28;
    private const uint TopologyLevelInvalid = 0;
    private const uint TopologyLevelSmt = 1;
    private const uint TopologyLevelCore = 2;

    /// <summary>The leaves for one vCPU.</summary>
    /// <param name="supported">What <c>KVM_GET_SUPPORTED_CPUID</c> returned.</param>
    /// <param name="index">The number of the vCPU, which is its APIC id.</param>
    /// <param name="count">How many vCPUs the machine has; one package, one thread a core.</param>
    /// <param name="tscDeadline">Whether the local APIC's TSC-deadline timer works (in-kernel interrupt controllers, and the capability).</param>
    /// <param name="features">What to hide and what to insist on; null for neither.</param>
    /// <exception cref="CpuFeatureException">A feature that is insisted on is not there.</exception>
    public static kvm_cpuid_entry2[] Build(ReadOnlySpan<kvm_cpuid_entry2> supported, int index, int count, bool tscDeadline, CpuFeatureMask? features = null)
    {
        kvm_cpuid_entry2[] leaves = supported.ToArray();
        uint apicId = (uint)index;
        uint cores = (uint)count;
        foreach (ref kvm_cpuid_entry2 leaf in leaves.AsSpan())
        {
            switch (leaf.function)
            {
                case 0x1:
                    Features(ref leaf, apicId, cores, tscDeadline);
                    break;
                case 0x4: // deterministic cache parameters: each cache belongs to one core, the package has all cores
                    leaf.eax = (leaf.eax & 0x3FFF) | ((cores - 1) << 26);
                    break;
                case 0xA: // no performance counters
                    leaf.eax = leaf.ebx = leaf.ecx = leaf.edx = 0;
                    break;
                case 0xB or 0x1F:
                    Topology(ref leaf, apicId, cores);
                    break;
                case 0x80000008: // number of cores in the package, minus one
                    leaf.ecx = (leaf.ecx & ~0xFFFFu) | (cores - 1);
                    break;
                case 0x8000001D: // AMD's form of leaf 4
                    leaf.eax &= 0x3FFF;
                    break;
                case 0x8000001E: // AMD: extended APIC id, one thread a core, one node
                    (leaf.eax, leaf.ebx, leaf.ecx) = (apicId, apicId, 0);
                    break;
            }
        }

        features?.RequireOffered(leaves);
        features?.Apply(leaves);
        return leaves;
    }

    private static void Features(ref kvm_cpuid_entry2 leaf, uint apicId, uint cores, bool tscDeadline)
    {
        leaf.ebx = (leaf.ebx & 0xFFFF) | (cores << 16) | (apicId << 24);
        leaf.ecx = (leaf.ecx & ~(Leaf1EcxMonitor | Leaf1EcxTscDeadline)) | Leaf1EcxHypervisor;
        if (tscDeadline) leaf.ecx |= Leaf1EcxTscDeadline;
        leaf.edx = cores > 1 ? leaf.edx | Leaf1EdxHyperThreading : leaf.edx & ~Leaf1EdxHyperThreading;
    }

    private static void Topology(ref kvm_cpuid_entry2 leaf, uint apicId, uint cores)
    {
        uint coreBits = cores <= 1 ? 0 : (uint)System.Numerics.BitOperations.Log2(cores - 1) + 1;
        (leaf.eax, leaf.ebx, uint type) = leaf.index switch
        {
            0 => (0u, 1u, TopologyLevelSmt),
            1 => (coreBits, cores, TopologyLevelCore),
            _ => (0u, 0u, TopologyLevelInvalid),
        };
        leaf.ecx = (type << 8) | (leaf.index & 0xFF);
        leaf.edx = apicId;
    }
}
