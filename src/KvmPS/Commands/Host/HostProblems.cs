using KvmPS.Core.Host;
using KvmPS.Native.Interop;

namespace KvmPS.Commands;

/// <summary>What is wrong with a host, from its facts.</summary>
internal static class HostProblems
{
    /// <summary>Every problem, the gravest first.</summary>
    public static IReadOnlyList<KvmHostProblem> Of(HostFacts facts)
    {
        if (facts.OpenFailure is { } failure)
        {
            KvmErrorException error = ErrorMapper.Map(failure)!;
            return [new KvmHostProblem(error.ErrorId, error.Message, error.Remedy)];
        }

        var problems = new List<KvmHostProblem>();
        if (facts.ApiVersion != KvmConstants.KVM_API_VERSION)
        {
            problems.Add(new KvmHostProblem(
                KvmErrorId.PlatformNotSupported, $"KVM speaks version {facts.ApiVersion} of its interface, not {KvmConstants.KVM_API_VERSION}.", "Use a kernel of Linux 2.6.22 or newer."));
        }

        foreach (string name in KvmCapabilities.Required)
        {
            if (facts.Capabilities.GetValueOrDefault(name) > 0) continue;
            problems.Add(new KvmHostProblem(KvmErrorId.PlatformNotSupported, $"KVM on this host lacks {name}.", "Use a newer kernel, or a host with hardware virtualization."));
        }

        return problems;
    }
}
