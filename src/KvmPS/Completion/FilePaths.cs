using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace KvmPS;

/// <summary>Completions for paths of files.</summary>
internal static class FilePaths
{
    /// <summary>The files and folders that a word may become: as the engine knows them, or, since it asks Get-ChildItem, which need not be there, as .NET does.</summary>
    public static IReadOnlyList<CompletionResult> Matching(string word)
    {
        CompletionResult[] known = [.. CompletionCompleters.CompleteFilename(word)];
        return known.Length > 0 ? known : Find(word.Trim('\'', '"'));
    }

    private static CompletionResult[] Find(string typed)
    {
        int name = typed.LastIndexOf('/') + 1;
        string here = Runspace.DefaultRunspace?.SessionStateProxy.Path.CurrentFileSystemLocation.Path ?? Environment.CurrentDirectory;
        var folder = new DirectoryInfo(Path.Combine(here, typed[..name]));
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

    private static CompletionResult Result(string folder, FileSystemInfo file)
    {
        string path = folder + file.Name;
        bool isPlain = path.All(static letter => char.IsLetterOrDigit(letter) || letter is '/' or '.' or '_' or '-' or '+');
        return new CompletionResult(
            isPlain ? path : $"'{CodeGeneration.EscapeSingleQuotedStringContent(path)}'",
            file.Name,
            file is DirectoryInfo ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
            file.FullName);
    }
}
