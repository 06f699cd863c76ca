using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;

namespace KvmPS.Shell.Editing;

/// <summary>
/// The file that keeps the history from one shell to the next, a line for each entry, readable by its owner alone. Shells that run at once append to it
/// side by side. What looks like a secret is not written.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="capacity">How many entries are read. A file of twice as many is cut.</param>
[SupportedOSPlatform("linux")]
internal sealed partial class HistoryFile(string path, int capacity)
{
    /// <summary>FILE-CONTROLLED: no more than this is read of a file of any length.</summary>
    private const int MostBytes = 1 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The path below <c>XDG_STATE_HOME</c>, else below <c>~/.local/state</c>. The XDG Base Directory Specification says that a relative path does not count.</summary>
    public static string DefaultPath
    {
        get
        {
            string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return Path.Combine(Path.IsPathRooted(state) ? state : Path.Combine(home, ".local", "state"), "kvmps", "history");
        }
    }

    /// <summary>The entries, oldest first; none if there is no file yet.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be.</exception>
    public IReadOnlyList<string> Load()
    {
        if (!File.Exists(path)) return [];
        File.SetUnixFileMode(path, OwnerOnly);
        string[] lines = Tail().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] kept = lines.Length > capacity ? lines[^capacity..] : lines;
        if (lines.Length > 2 * capacity) Rewrite(kept);
        return [.. kept.Select(Decode)];
    }

    /// <summary>Writes an entry at the end of the file, which is made if need be.</summary>
    /// <inheritdoc cref="Load"/>
    public void Append(string entry)
    {
        if (Secret().IsMatch(entry)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        using FileStream file = new(path, Options(FileMode.Append));
        file.Write(Encoding.UTF8.GetBytes(Encode(entry) + "\n"));
    }

    private static FileStreamOptions Options(FileMode mode) => new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly };

    private static string Encode(string entry) => entry.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Decode(string line) => Escape().Replace(line, static escape => escape.Value == "\\n" ? "\n" : escape.Value[1..]);

    private string Tail()
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        bool isCut = file.Length > MostBytes;
        if (isCut) file.Seek(-MostBytes, SeekOrigin.End);
        byte[] bytes = new byte[MostBytes];
        string text = Encoding.UTF8.GetString(bytes.AsSpan(0, file.ReadAtLeast(bytes, MostBytes, throwOnEndOfStream: false)));

        // The first line of a part is a part of a line.
        return isCut ? text[(text.IndexOf('\n') + 1)..] : text;
    }

    private void Rewrite(string[] lines)
    {
        string temporary = $"{path}.{Environment.ProcessId}";
        using (FileStream file = new(temporary, Options(FileMode.Create))) file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        File.Move(temporary, path, overwrite: true);
    }

    [GeneratedRegex("password|passphrase|asplaintext|token|apikey|secret", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Secret();

    [GeneratedRegex(@"\\[\\n]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Escape();
}
