using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes sizes of memory that people use.</summary>
internal sealed class SizeCompleter : IArgumentCompleter
{
    private static readonly string[] Sizes = ["64MB", "128MB", "256MB", "512MB", "1GB", "2GB", "4GB", "8GB"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Sizes.Where(size => size.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(static size => new CompletionResult(size, size, CompletionResultType.ParameterValue, size));
}
