using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KvmPS.Core.Debug;

namespace KvmPS;

/// <summary>Completes the names of registers: whole ones first, their parts once something is typed.</summary>
internal sealed class RegisterNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = WildcardPattern.Get(wordToComplete.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        return RegisterFile.All
            .Where(register => pattern.IsMatch(register.Name) && (wordToComplete.Length > 0 || !register.IsPart))
            .OrderBy(static register => register.IsPart)
            .Select(static register => new CompletionResult(register.Name, register.Name, CompletionResultType.ParameterValue, $"{register.Name}: {register.Bits} bits"));
    }
}
