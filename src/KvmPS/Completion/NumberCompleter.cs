using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes numbers.</summary>
/// <param name="kind">What is counted: in the tool tip it stands before the number.</param>
internal abstract class NumberCompleter(string kind) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Numbers(fakeBoundParameters)
            .Select(static number => number.ToString(CultureInfo.InvariantCulture))
            .Where(number => number.StartsWith(wordToComplete, StringComparison.Ordinal))
            .Select(number => new CompletionResult(number, number, CompletionResultType.ParameterValue, kind + number));

    /// <summary>All numbers, whatever has been typed of them.</summary>
    /// <param name="parameters">What else is on the command line.</param>
    protected abstract IEnumerable<int> Numbers(IDictionary parameters);

    /// <summary>How many of something the machine has that the command line names, or the one that has most.</summary>
    protected static int Most(IDictionary parameters, Func<KvmVM, int> count) => NamedMachines.Of(parameters).Select(count).DefaultIfEmpty().Max();
}
