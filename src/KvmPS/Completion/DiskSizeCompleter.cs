using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes sizes of disks that people use.</summary>
internal sealed class DiskSizeCompleter : IArgumentCompleter
{
    private static readonly string[] Sizes = ["64MB", "256MB", "1GB", "2GB", "5GB", "10GB", "20GB", "50GB", "100GB", "1TB"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Sizes.Where(size => size.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(static size => new CompletionResult(size, size, CompletionResultType.ParameterValue, size));
}
