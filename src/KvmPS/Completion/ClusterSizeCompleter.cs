using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes sizes of a qcow2 image's clusters.</summary>
internal sealed class ClusterSizeCompleter : IArgumentCompleter
{
    private static readonly string[] Sizes = ["512", "4KB", "16KB", "64KB", "128KB", "512KB", "1MB", "2MB"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Sizes.Where(size => size.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(static size => new CompletionResult(size, size, CompletionResultType.ParameterValue, size));
}
