using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Host;

/// <summary>What can be learnt of a host's KVM without making a machine.</summary>
public sealed record HostFacts
{
    private const string VendorModulePrefix = "kvm_";

    /// <summary>The device.</summary>
    public required string DevicePath { get; init; }

    /// <summary>Why the device could not be opened; null when it could.</summary>
    public KvmException? OpenFailure { get; init; }

    /// <summary>Whether the device could be opened.</summary>
    public bool IsAvailable => OpenFailure is null;

    /// <summary>The version of the interface.</summary>
    public int? ApiVersion { get; init; }

    /// <summary>The kernel module behind the device; null when none is loaded.</summary>
    public string? VendorModule { get; init; }

    /// <summary>The host's CPU, as /proc/cpuinfo names it.</summary>
    public string? CpuModel { get; init; }

    /// <summary>The host's logical CPUs.</summary>
    public int CpuCount { get; init; }

    /// <summary>The host's Linux.</summary>
    public required string KernelRelease { get; init; }

    /// <summary>KVM's answers by capability name.</summary>
    public IReadOnlyDictionary<string, int> Capabilities { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>The most vCPUs of a machine.</summary>
    public int MaximumVcpus => Capabilities.GetValueOrDefault(nameof(KvmConstants.KVM_CAP_MAX_VCPUS));

    /// <summary>The most vCPUs that KVM advises.</summary>
    public int RecommendedVcpus => Capabilities.GetValueOrDefault(nameof(KvmConstants.KVM_CAP_NR_VCPUS));

    /// <summary>The most memory slots of a machine.</summary>
    public int MemorySlots => Capabilities.GetValueOrDefault(nameof(KvmConstants.KVM_CAP_NR_MEMSLOTS));

    /// <summary>The highest basic CPUID leaf of a guest.</summary>
    public uint CpuidMaximumBasicLeaf { get; init; }

    /// <summary>The highest extended CPUID leaf of a guest.</summary>
    public uint CpuidMaximumExtendedLeaf { get; init; }

    /// <summary>CPU features of a guest, by name.</summary>
    public IReadOnlyList<string> CpuFeatures { get; init; } = [];

    /// <summary>Asks the host. A device that cannot be opened is a fact, not an exception.</summary>
    public static HostFacts Read(string? device = null)
    {
        string devicePath = device ?? KvmDevice.Path;
        var facts = new HostFacts
        {
            DevicePath = devicePath,
            KernelRelease = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            VendorModule = FindVendorModule(),
            CpuModel = FindCpuModel(),
            CpuCount = Environment.ProcessorCount,
        };
        try
        {
            using Kvm kvm = Kvm.Open(devicePath);
            kvm_cpuid_entry2[] leaves = kvm.GetSupportedCpuid();
            return facts with
            {
                ApiVersion = kvm.ApiVersion,
                Capabilities = KvmCapabilities.Read(kvm),
                CpuidMaximumBasicLeaf = leaves.FirstOrDefault(static leaf => leaf.function == 0).eax,
                CpuidMaximumExtendedLeaf = leaves.FirstOrDefault(static leaf => leaf.function == 0x80000000).eax,
                CpuFeatures = CpuFeatureNames.In(leaves),
            };
        }
        catch (KvmException failure)
        {
            return facts with { OpenFailure = failure };
        }
    }

    private static string? FindVendorModule() =>
        Directory.Exists("/sys/module")
            ? Directory.EnumerateDirectories("/sys/module", VendorModulePrefix + "*").Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault()
            : null;

    private static string? FindCpuModel()
    {
        const string key = "model name";
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith(key, StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
