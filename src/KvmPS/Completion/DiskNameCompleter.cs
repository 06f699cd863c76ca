using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes the names of the disks of the machine that is named before.</summary>
internal sealed class DiskNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = WildcardPattern.Get(wordToComplete.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        return NamedMachines.Of(fakeBoundParameters)
            .SelectMany(KvmDisk.Of)
            .Where(disk => pattern.IsMatch(disk.Name))
            .DistinctBy(static disk => disk.Name, StringComparer.OrdinalIgnoreCase)
            .Select(static disk => new CompletionResult(disk.Name, disk.Name, CompletionResultType.ParameterValue, disk.Path ?? "in memory"));
    }
}
