namespace KvmPS.Tests.Block;

/// <summary>A folder for one test, removed with all that is in it.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kvmps-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a file with these bytes.</summary>
    public string File(string name, ReadOnlySpan<byte> bytes)
    {
        using FileStream file = System.IO.File.Create(this[name]);
        file.Write(bytes);
        return this[name];
    }

    /// <summary>Makes a file that is one hole.</summary>
    public string Sparse(string name, long length)
    {
        using FileStream file = System.IO.File.Create(this[name]);
        file.SetLength(length);
        return this[name];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
