using System.Collections;

namespace KvmPS;

/// <summary>Completes the numbers of this host's CPUs.</summary>
internal sealed class HostCpuCompleter() : NumberCompleter("Host CPU ")
{
    /// <inheritdoc/>
    protected override IEnumerable<int> Numbers(IDictionary parameters) => Enumerable.Range(0, Environment.ProcessorCount);
}
