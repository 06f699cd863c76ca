using System.Collections;
using System.IO.Enumeration;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completes paths of files of one kind: folders, and files whose names look like it; all files where none does.</summary>
/// <param name="patterns">What the names of such files look like.</param>
internal abstract class FilePathCompleter(params string[] patterns) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        IReadOnlyList<CompletionResult> all = FilePaths.Matching(wordToComplete);
        CompletionResult[] fitting = [.. all.Where(result => result.ResultType == CompletionResultType.ProviderContainer || Fits(result.ToolTip))];
        return fitting.Length > 0 ? fitting : all;
    }

    private bool Fits(string path) => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(path)));
}
