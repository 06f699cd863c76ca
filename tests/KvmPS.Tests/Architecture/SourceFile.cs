using System.Text.RegularExpressions;

namespace KvmPS.Tests.Architecture;

/// <summary>A C# file of the project, as written and as code alone.</summary>
internal sealed partial class SourceFile
{
    private SourceFile(string path)
    {
        Path = System.IO.Path.GetRelativePath(RepositoryRoot.Path, path).Replace('\\', '/');
        Text = File.ReadAllText(path);
        Lines = Text.Split('\n');
        Code = NotCode().Replace(Text, static match => Blank(match.Value));
        CodeLines = Code.Split('\n');
    }

    /// <summary>The path from the root, with slashes.</summary>
    public string Path { get; }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>The lines as written.</summary>
    public string[] Lines { get; }

    /// <summary>The text with comments and the insides of strings blanked, line by line in the same places.</summary>
    public string Code { get; }

    /// <summary>The lines of <see cref="Code"/>.</summary>
    public string[] CodeLines { get; }

    /// <summary>All files under some folders of the root that exist, without what the build made.</summary>
    public static IReadOnlyList<SourceFile> Under(params ReadOnlySpan<string> folders)
    {
        var files = new List<SourceFile>();
        foreach (string folder in folders)
        {
            string path = RepositoryRoot.Combine(folder);
            if (!Directory.Exists(path)) continue;
            files.AddRange(Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories)
                .Where(static f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(static f => new SourceFile(f)));
        }

        return files;
    }

    /// <summary>Each place where code matches, as <c>path:line: text</c>.</summary>
    public IEnumerable<string> Find(Regex pattern) => Enumerable.Range(0, CodeLines.Length)
        .Where(i => pattern.IsMatch(CodeLines[i]))
        .Select(i => $"{Path}:{i + 1}: {Lines[i].Trim()}");

    /// <inheritdoc/>
    public override string ToString() => Path;

    private static string Blank(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++) span[i] = source[i] == '\n' ? '\n' : ' ';
    });

    /// <summary>Raw strings, comments, verbatim strings, strings and characters, whichever begins first.</summary>
    [GeneratedRegex(""""""(?<raw>"{3,})[\s\S]*?\k<raw>|//[^\n]*|/\*[\s\S]*?\*/|\$?@\$?"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'"""""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex NotCode();
}
