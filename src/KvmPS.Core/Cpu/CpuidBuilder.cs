using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>
/// What CPUID answers in a guest: the leaves that the host and KVM support together, made true for this machine's topology
/// and marked as running under a hypervisor. Bit names are those of [sdm 2A CPUID], [apm 3 §E] and [kvm-cpuid]; KVM's own
/// leaves (0x40000000 on, with its clock) stay as KVM offers them.
/// </summary>
public static class CpuidBuilder
{
    private const uint Leaf1EcxMonitor = 1u << 3;
    private const uint Leaf1EcxTscDeadline = 1u << 24;
    private const uint Leaf1EcxHypervisor = 1u << 31;
    private const uint Leaf1EdxHyperThreading = 1u << 28;
    private const uint ExtendedEcxCmpLegacy = 1u << 1;
    private const uint AddressEcxCores = 0xF0FF; // of 0x80000008: NC and ApicIdCoreIdSize
    private const int ApicIdSizeShift = 12;
    private const int IntelCoresShift = 26;
    private const uint CacheTypes = 0x1F;

    /// <summary>The leaves for one vCPU.</summary>
    /// <param name="supported">What <c>KVM_GET_SUPPORTED_CPUID</c> returned.</param>
    /// <param name="index">The number of the vCPU, which is its APIC id.</param>
    /// <param name="count">How many vCPUs the machine has; one package, one thread a core.</param>
    /// <param name="tscDeadline">Whether the local APIC's TSC-deadline timer works (in-kernel interrupt controllers, and the capability).</param>
    /// <param name="features">What to hide and what to insist on; null for neither.</param>
    /// <exception cref="CpuFeatureException">A feature that is insisted on is not there.</exception>
    public static kvm_cpuid_entry2[] Build(ReadOnlySpan<kvm_cpuid_entry2> supported, int index, int count, bool tscDeadline, CpuFeatureMask? features = null)
    {
        uint apicId = (uint)index;
        uint cores = (uint)count;
        var topology = CpuTopology.Of(supported, count);
        kvm_cpuid_entry2[] leaves = topology.WithLevels(supported, apicId);
        foreach (ref kvm_cpuid_entry2 leaf in leaves.AsSpan())
        {
            switch (leaf.function)
            {
                case 0x1:
                    Features(ref leaf, apicId, cores, tscDeadline);
                    break;
                case 0x4 when (leaf.eax & CacheTypes) != 0: // deterministic cache parameters; the package has all cores
                    leaf.eax = topology.CacheSharing(leaf.eax) | ((cores - 1) << IntelCoresShift);
                    break;
                case 0x5 or 0xA: // no MONITOR, no performance counters
                    leaf.eax = leaf.ebx = leaf.ecx = leaf.edx = 0;
                    break;
                case 0x80000001 when topology.IsAmd: // several processors of a package are cores, not threads
                    leaf.ecx = cores > 1 ? leaf.ecx | ExtendedEcxCmpLegacy : leaf.ecx & ~ExtendedEcxCmpLegacy;
                    break;
                case 0x80000008: // AMD: number of cores less one, bits of the APIC id for them; Intel: reserved
                    leaf.ecx = topology.IsAmd ? (leaf.ecx & ~AddressEcxCores) | ((uint)topology.CoreBits << ApicIdSizeShift) | (cores - 1) : 0;
                    break;
                case 0x8000001D: // AMD's form of leaf 4
                    leaf.eax = topology.CacheSharing(leaf.eax);
                    break;
                case 0x8000001E: // AMD: extended APIC id; core id, one thread a core; one node
                    (leaf.eax, leaf.ebx, leaf.ecx) = (apicId, apicId & 0xFF, 0);
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
}
