namespace KvmPS.Core.Block.Files;

/// <summary>A program that was to make a file system has failed.</summary>
public sealed class FileSystemException : IOException
{
    /// <summary>How it failed.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="exitCode">How it ended.</param>
    /// <param name="output">What it wrote; the last sentence is told, which may go over several lines: all but its first begin with a blank.</param>
    public FileSystemException(string program, int exitCode, string output)
        : base($"{program} failed with {exitCode}: {LastSentence(output)}") =>
        Program = program;

    /// <summary>The program's name.</summary>
    public string Program { get; }

    private static string LastSentence(string output)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !string.IsNullOrWhiteSpace(line)).ToArray();
        int first = Array.FindLastIndex(lines, static line => !char.IsWhiteSpace(line[0]));
        return lines.Length == 0 ? "it says nothing." : string.Join(' ', lines[Math.Max(first, 0)..].Select(static line => line.Trim()));
    }
}
