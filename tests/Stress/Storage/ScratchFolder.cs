namespace KvmPS.Stress.Storage;

/// <summary>A folder for image files that goes with its owner; in the host's memory where that can be.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string MemoryFolder = "/dev/shm";

    private readonly string _path = MakeIn(Directory.Exists(MemoryFolder) ? MemoryFolder : Path.GetTempPath());

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => Path.Combine(_path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_path, recursive: true);

    private static string MakeIn(string parent)
    {
        string path = Path.Combine(parent, "kvmps-" + Path.GetRandomFileName());
        Directory.CreateDirectory(path);
        return path;
    }
}
