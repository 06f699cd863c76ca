using System.Management.Automation;
using System.Management.Automation.Language;

namespace KvmPS;

/// <summary>Completions for paths of files. The engine's own need Get-ChildItem and Resolve-Path, which come with PowerShell and not with its engine.</summary>
internal static class FilePaths
{
    private const string AskForFolder = "$ExecutionContext.SessionState.Path.CurrentFileSystemLocation.Path";

    /// <summary>The files and folders that a word may become; hidden ones only if it begins as they do.</summary>
    public static IReadOnlyList<CompletionResult> Matching(string word)
    {
        string typed = word.Trim('\'', '"');
        int name = typed.LastIndexOf('/') + 1;
        var folder = new DirectoryInfo(Path.Combine(CurrentFolder(), Expanded(typed[..name])));
        try
        {
            return [.. folder.EnumerateFileSystemInfos()
                .Where(file => file.Name.StartsWith(typed[name..], StringComparison.Ordinal) && (name < typed.Length || file.Name[0] != '.'))
                .OrderBy(static file => file.Name, StringComparer.Ordinal)
                .Select(file => Result(typed[..name], file))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not a folder, or none to look into: there is nothing to offer.
            return [];
        }
    }

    private static string Expanded(string folder) =>
        folder.StartsWith("~/", StringComparison.Ordinal) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + folder[1..] : folder;

    // The location of the session, which is not that of the process. Its state can be asked from inside the pipeline that completes only by a script.
    private static string CurrentFolder()
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddScript(AskForFolder).Invoke<string>().FirstOrDefault() ?? Environment.CurrentDirectory;
    }

    private static CompletionResult Result(string folder, FileSystemInfo file)
    {
        string path = folder + file.Name;
        bool isPlain = path.All(static letter => char.IsLetterOrDigit(letter) || letter is '/' or '.' or '_' or '-' or '+' or '~');
        return new CompletionResult(
            isPlain ? path : $"'{CodeGeneration.EscapeSingleQuotedStringContent(path)}'",
            file.Name,
            file is DirectoryInfo ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
            file.FullName);
    }
}
