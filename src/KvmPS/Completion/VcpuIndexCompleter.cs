using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes the numbers of the vCPUs of the machine that the command line names, or of the largest one.</summary>
internal sealed class VcpuIndexCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var named = WildcardPattern.Get(fakeBoundParameters["VMName"] as string ?? "*", WildcardOptions.IgnoreCase);
        int count = MachineRegistry.All.Where(vm => named.IsMatch(vm.Name)).Select(static vm => vm.VcpuCount).DefaultIfEmpty().Max();
        return Enumerable.Range(0, count)
            .Select(static index => index.ToString(CultureInfo.InvariantCulture))
            .Where(index => index.StartsWith(wordToComplete, StringComparison.Ordinal))
            .Select(static index => new CompletionResult(index, index, CompletionResultType.ParameterValue, $"vCPU {index}"));
    }
}
