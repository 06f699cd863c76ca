using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes the numbers of the serial ports of the machine that the command line names, or of the one that has most.</summary>
internal sealed class SerialPortCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var named = WildcardPattern.Get(fakeBoundParameters["VMName"] as string ?? "*", WildcardOptions.IgnoreCase);
        int count = MachineRegistry.All.Where(vm => named.IsMatch(vm.Name)).Select(static vm => vm.SerialPortCount).DefaultIfEmpty().Max();
        return Enumerable.Range(1, count)
            .Select(static number => number.ToString(CultureInfo.InvariantCulture))
            .Where(number => number.StartsWith(wordToComplete, StringComparison.Ordinal))
            .Select(static number => new CompletionResult(number, number, CompletionResultType.ParameterValue, $"COM{number}"));
    }
}
