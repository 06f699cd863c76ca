using KvmPS.Core.Cpu;
using KvmPS.Core.Host;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>Checks a machine's CPU features before it is made.</summary>
public static class CpuFeatures
{
    /// <summary>Checks names and contradictions, and asks KVM about features that are insisted on. KVM is left alone when there are none.</summary>
    /// <exception cref="CpuFeatureException">A name is not known, wishes contradict each other, or KVM does not offer a feature to this machine.</exception>
    /// <exception cref="KvmException">KVM had to be asked and is not there.</exception>
    public static void Check(MachineConfig config)
    {
        var mask = CpuFeatureMask.Parse(config.CpuFeatures);
        if (mask.Wanted.Count == 0) return;
        using Kvm kvm = Kvm.Open(KvmDevice.Path);
        HostCpu host = HostCpu.Of(kvm);
        mask.RequireOffered(CpuidBuilder.Build(host.SupportedCpuid, 0, config.VcpuCount, config.InterruptController && host.HasTscDeadline));
    }
}
