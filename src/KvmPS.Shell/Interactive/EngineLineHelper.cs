using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using KvmPS.Shell.Editing;

namespace KvmPS.Shell.Interactive;

/// <summary>What the engine knows of a line: whether its parser wants more, and what its completer offers.</summary>
internal sealed class EngineLineHelper(Runspace runspace) : ILineHelper
{
    /// <inheritdoc/>
    public bool IsIncomplete(string text)
    {
        Parser.ParseInput(text, out _, out ParseError[] errors);
        return errors.Any(static error => error.IncompleteInput);
    }

    /// <inheritdoc/>
    public Completion Complete(string text, int caret)
    {
        using PowerShell shell = PowerShell.Create(runspace);
        CommandCompletion offer = CommandCompletion.CompleteInput(text, caret, options: null, shell);
        if (offer.CompletionMatches.Count == 0) return PathCompleter.Complete(text, caret, runspace.SessionStateProxy.Path.CurrentFileSystemLocation.Path);
        return new Completion(
            offer.ReplacementIndex,
            offer.ReplacementLength,
            [.. offer.CompletionMatches.Select(static match => new CompletionItem(match.CompletionText, match.ListItemText))]);
    }
}
