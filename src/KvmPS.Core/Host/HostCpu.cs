using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Host;

/// <summary>What this host's KVM offers to a vCPU; asked once a process, since it cannot change while <c>/dev/kvm</c> exists.</summary>
internal sealed class HostCpu
{
    private const uint AddressSizes = 0x8000_0008;
    private const int SmallestAddressBits = 36; // of CPUs that do not say [sdm 3A §4.1.4]

    private static HostCpu? _cached;

    private HostCpu(Kvm kvm)
    {
        SupportedCpuid = kvm.GetSupportedCpuid();
        PhysicalAddressBits = SupportedCpuid.FirstOrDefault(static leaf => leaf.function == AddressSizes) is { eax: > 0 } sizes ? (int)(sizes.eax & 0xFF) : SmallestAddressBits;
        HasTscDeadline = kvm.CheckExtension(KvmConstants.KVM_CAP_TSC_DEADLINE_TIMER) > 0;
    }

    /// <summary>The CPUID leaves of <c>KVM_GET_SUPPORTED_CPUID</c>.</summary>
    public kvm_cpuid_entry2[] SupportedCpuid { get; }

    /// <summary>How wide a guest's physical addresses are, MAXPHYADDR.</summary>
    public int PhysicalAddressBits { get; }

    /// <summary>Whether the in-kernel local APIC has the TSC-deadline timer.</summary>
    public bool HasTscDeadline { get; }

    /// <summary>The facts, asked through the given device the first time. Two first callers may both ask; the answers are equal.</summary>
    public static HostCpu Of(Kvm kvm) => _cached ??= new HostCpu(kvm);
}
