using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes the ids of this process's machines, with their names as the tool tip.</summary>
internal sealed class MachineIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MachineRegistry.All.Select(static vm => (Id: vm.Id.ToString(), vm.Name))
            .Where(vm => vm.Id.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(static vm => new CompletionResult(vm.Id, $"{vm.Id} ({vm.Name})", CompletionResultType.ParameterValue, vm.Name));
}
