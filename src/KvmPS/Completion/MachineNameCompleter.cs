using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes the names of this process's machines, with what they are doing as the tool tip.</summary>
internal sealed class MachineNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = WildcardPattern.Get(wordToComplete.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        foreach (KvmVM vm in MachineRegistry.All.Where(vm => pattern.IsMatch(vm.Name)))
        {
            string text = vm.Name.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.') ? vm.Name : $"'{vm.Name.Replace("'", "''", StringComparison.Ordinal)}'";
            yield return new CompletionResult(text, vm.Name, CompletionResultType.ParameterValue, $"{vm.Name} ({vm.State}, {vm.Status})");
        }
    }
}
