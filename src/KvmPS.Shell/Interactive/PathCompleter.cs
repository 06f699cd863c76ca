using System.Management.Automation.Language;
using KvmPS.Shell.Editing;

namespace KvmPS.Shell.Interactive;

/// <summary>Paths of files. The engine's completer asks Get-ChildItem for them, which the engine alone does not have.</summary>
internal static class PathCompleter
{
    /// <summary>More are of no use in a list.</summary>
    private const int MostItems = 500;

    /// <summary>The paths that begin as the word before the caret does.</summary>
    /// <param name="text">The line.</param>
    /// <param name="caret">The caret in it.</param>
    /// <param name="folder">Where relative paths begin.</param>
    public static Completion Complete(string text, int caret, string folder)
    {
        Parser.ParseInput(text[..caret], out Token[] tokens, out _);
        Token? word = tokens.LastOrDefault(static token => token.Kind != TokenKind.EndOfInput);
        bool isAtWord = word is not null && word.Extent.EndOffset == caret && word.Kind is TokenKind.Generic or TokenKind.Identifier or TokenKind.StringLiteral
            or TokenKind.StringExpandable or TokenKind.Divide or TokenKind.Dot or TokenKind.DotDot;
        int start = isAtWord ? word!.Extent.StartOffset : caret;
        string typed = text[start..caret].Trim('"', '\'');
        if (typed.Length > 0 && typed[0] is '$' or '-' or '[') return Completion.None;

        string[] found = Find(typed, folder);
        return new Completion(start, caret - start, [.. found.Select(static path => new CompletionItem(Quoted(path), Path.GetFileName(path)))]);
    }

    private static string[] Find(string typed, string folder)
    {
        try
        {
            return [.. Matches(typed, folder).Take(MostItems).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not a folder, or none to look into: there is nothing to offer.
            return [];
        }
    }

    private static IEnumerable<string> Matches(string typed, string folder)
    {
        int name = typed.LastIndexOf('/') + 1;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string inside = typed.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, typed[2..name]) : Path.Combine(folder, typed[..name]);

        // Hidden files only for those who ask for them.
        string beginning = typed[name..];
        EnumerationOptions options = new() { IgnoreInaccessible = true, AttributesToSkip = 0 };
        return Directory.EnumerateFileSystemEntries(inside, "*", options)
            .Select(static path => Path.GetFileName(path))
            .Where(entry => entry.StartsWith(beginning, StringComparison.Ordinal) && (beginning.Length > 0 || entry[0] != '.'))
            .Select(entry => typed[..name] + entry);
    }

    private static string Quoted(string path) =>
        path.All(static letter => char.IsLetterOrDigit(letter) || letter is '/' or '.' or '_' or '-' or '~' or '+' or ':' or '=') ? path : $"'{CodeGeneration.EscapeSingleQuotedStringContent(path)}'";
}
