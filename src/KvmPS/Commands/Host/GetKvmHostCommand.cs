using System.Management.Automation;
using KvmPS.Core.Host;

namespace KvmPS.Commands;

/// <summary>Tells what this host's KVM is and can do.</summary>
[Cmdlet(VerbsCommon.Get, "KvmHost")]
[OutputType(typeof(KvmHost))]
public sealed class GetKvmHostCommand : KvmCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(null, () =>
    {
        HostFacts facts = HostFacts.Read();
        WriteObject(new KvmHost(facts, HostProblems.Of(facts)));
    });
}
