using System.Management.Automation;

namespace PesterRunner.Running;

/// <summary>The temporary folder of a test file: <c>$TestDrive</c> and <c>TestDrive:</c>. What a block puts there goes away with the block.</summary>
internal sealed class TestDrive : IDisposable
{
    private const string Name = "TestDrive";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pester-");

    /// <summary>Publishes the folder to a session.</summary>
    public void Publish(PSCmdlet caller)
    {
        ProviderInfo fileSystem = caller.SessionState.Provider.GetOne("FileSystem");
        caller.SessionState.Drive.New(new PSDriveInfo(Name, fileSystem, _folder.FullName, "Pester test drive", credential: null), scope: "global");
        caller.SessionState.PSVariable.Set($"global:{Name}", _folder.FullName);
    }

    /// <summary>What is in the folder now.</summary>
    public HashSet<string> Snapshot() => [.. Entries()];

    /// <summary>Removes what was not there before.</summary>
    public void RestoreTo(HashSet<string> before)
    {
        // Deepest first, so that a folder is empty when its turn comes.
        foreach (string path in Entries().Where(path => !before.Contains(path)).OrderByDescending(path => path.Length).ToArray())
        {
            if (File.GetAttributes(path) is var attributes && attributes.HasFlag(FileAttributes.Directory) && !attributes.HasFlag(FileAttributes.ReparsePoint))
                Directory.Delete(path);
            else
                File.Delete(path);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private IEnumerable<string> Entries()
    {
        // Links are listed, not followed: what they point to is not ours.
        EnumerationOptions options = new() { RecurseSubdirectories = true, AttributesToSkip = 0, ReturnSpecialDirectories = false };
        return Directory.EnumerateFileSystemEntries(_folder.FullName, "*", options);
    }
}
