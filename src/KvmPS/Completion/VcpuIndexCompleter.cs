using System.Collections;

namespace KvmPS;

/// <summary>Completes the numbers of the vCPUs of the machine that the command line names, or of the largest one.</summary>
internal sealed class VcpuIndexCompleter() : NumberCompleter("vCPU ")
{
    /// <inheritdoc/>
    protected override IEnumerable<int> Numbers(IDictionary parameters) => Enumerable.Range(0, Most(parameters, static vm => vm.VcpuCount));
}
