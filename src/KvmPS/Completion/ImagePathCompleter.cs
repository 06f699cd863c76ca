using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes paths of disk images: folders, and files that look like images; all files where none does.</summary>
internal sealed class ImagePathCompleter : IArgumentCompleter
{
    private static readonly string[] Extensions = [".qcow2", ".img", ".raw", ".iso", ".qcow", ".bin"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionResult[] all = [.. CompletionCompleters.CompleteFilename(wordToComplete)];
        CompletionResult[] images = [.. all.Where(static result => result.ResultType == CompletionResultType.ProviderContainer || IsImage(result.ToolTip))];
        return images.Length > 0 ? images : all;
    }

    private static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
}
