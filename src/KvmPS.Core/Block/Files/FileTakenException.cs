namespace KvmPS.Core.Block.Files;

/// <summary>There is something already where a file was to be made.</summary>
public sealed class FileTakenException : IOException
{
    /// <summary>What is there.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="isFolder">Whether it is a folder, which nothing replaces.</param>
    public FileTakenException(string path, bool isFolder)
        : base($"There is a {(isFolder ? "folder" : "file")} '{path}' already.") =>
        (Path, IsFolder) = (path, isFolder);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder { get; }
}
