using KvmPS.Core.Host;

namespace KvmPS;

/// <summary>What this host's KVM is and can do.</summary>
public sealed class KvmHost
{
    internal KvmHost(HostFacts facts, IReadOnlyList<KvmHostProblem> problems)
    {
        DevicePath = facts.DevicePath;
        IsAvailable = facts.IsAvailable;
        ApiVersion = facts.ApiVersion;
        VendorModule = facts.VendorModule;
        CpuModel = facts.CpuModel;
        CpuCount = facts.CpuCount;
        KernelRelease = facts.KernelRelease;
        MaximumVcpus = facts.MaximumVcpus;
        RecommendedVcpus = facts.RecommendedVcpus;
        MemorySlots = facts.MemorySlots;
        Capabilities = facts.Capabilities;
        CpuidMaximumBasicLeaf = facts.CpuidMaximumBasicLeaf;
        CpuidMaximumExtendedLeaf = facts.CpuidMaximumExtendedLeaf;
        CpuFeatures = [.. facts.CpuFeatures];
        Problems = [.. problems];
    }

    /// <summary>The device.</summary>
    public string DevicePath { get; }

    /// <summary>Whether the device can be used by this user.</summary>
    public bool IsAvailable { get; }

    /// <summary>The version of the interface; null when the device cannot be opened.</summary>
    public int? ApiVersion { get; }

    /// <summary>The kernel module behind it, such as kvm_intel, kvm_amd or kvm_pvm.</summary>
    public string? VendorModule { get; }

    /// <summary>The host's CPU.</summary>
    public string? CpuModel { get; }

    /// <summary>The host's logical CPUs.</summary>
    public int CpuCount { get; }

    /// <summary>The host's Linux kernel.</summary>
    public string KernelRelease { get; }

    /// <summary>The most vCPUs that KVM gives a machine.</summary>
    public int MaximumVcpus { get; }

    /// <summary>The most vCPUs that KVM advises.</summary>
    public int RecommendedVcpus { get; }

    /// <summary>The most memory slots of a machine.</summary>
    public int MemorySlots { get; }

    /// <summary>KVM's answers about its capabilities, by name: 0 for no, otherwise yes or how many.</summary>
    public IReadOnlyDictionary<string, int> Capabilities { get; }

    /// <summary>The highest basic CPUID leaf that a guest can see.</summary>
    public uint CpuidMaximumBasicLeaf { get; }

    /// <summary>The highest extended CPUID leaf that a guest can see.</summary>
    public uint CpuidMaximumExtendedLeaf { get; }

    /// <summary>CPU features that a guest can see, by their names in /proc/cpuinfo.</summary>
    public string[] CpuFeatures { get; }

    /// <summary>What is wrong with this host, each with its remedy; empty on a good host.</summary>
    public KvmHostProblem[] Problems { get; }

    /// <summary>The device and the module behind it.</summary>
    public override string ToString() => $"{DevicePath} ({VendorModule ?? "no vendor module"})";
}
