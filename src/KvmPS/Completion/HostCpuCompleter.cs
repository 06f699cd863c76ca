using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes the numbers of this host's CPUs.</summary>
internal sealed class HostCpuCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Enumerable.Range(0, Environment.ProcessorCount)
            .Select(static number => number.ToString(CultureInfo.InvariantCulture))
            .Where(number => number.StartsWith(wordToComplete, StringComparison.Ordinal))
            .Select(static number => new CompletionResult(number, number, CompletionResultType.ParameterValue, $"Host CPU {number}"));
}
