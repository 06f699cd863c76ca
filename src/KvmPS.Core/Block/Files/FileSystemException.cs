namespace KvmPS.Core.Block.Files;

/// <summary>A program that was to make a file system has failed.</summary>
public sealed class FileSystemException : IOException
{
    /// <summary>How it failed.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="exitCode">How it ended.</param>
    /// <param name="output">What it wrote; the last line that is not empty is told.</param>
    public FileSystemException(string program, int exitCode, string output)
        : base($"{program} failed with {exitCode}: {output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it says nothing."}") =>
        Program = program;

    /// <summary>The program's name.</summary>
    public string Program { get; }
}
