using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Host;

/// <summary>What this host's KVM offers to a vCPU; asked once a process, since it cannot change while <c>/dev/kvm</c> exists.</summary>
internal sealed class HostCpu
{
    private static HostCpu? _cached;

    private HostCpu(Kvm kvm)
    {
        SupportedCpuid = kvm.GetSupportedCpuid();
        HasTscDeadline = kvm.CheckExtension(KvmConstants.KVM_CAP_TSC_DEADLINE_TIMER) > 0;
    }

    /// <summary>The CPUID leaves of <c>KVM_GET_SUPPORTED_CPUID</c>.</summary>
    public kvm_cpuid_entry2[] SupportedCpuid { get; }

    /// <summary>Whether the in-kernel local APIC has the TSC-deadline timer.</summary>
    public bool HasTscDeadline { get; }

    /// <summary>The facts, asked through the given device the first time. Two first callers may both ask; the answers are equal.</summary>
    public static HostCpu Of(Kvm kvm) => _cached ??= new HostCpu(kvm);
}
