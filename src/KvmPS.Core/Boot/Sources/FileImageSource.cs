using KvmPS.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmPS.Core.Boot;

/// <summary>An image in a file, read straight to where its bytes are wanted: into guest memory with one copy.</summary>
public sealed class FileImageSource : IImageSource
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name for errors and command lines; null for the path.</param>
    /// <exception cref="IOException">The file is missing, or is not a regular file: a folder, for one.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public FileImageSource(string path, string? name = null)
    {
        Name = name ?? path;
        SpecialFile.Refuse(path);
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_file);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(_file, destination, offset);
            if (count == 0)
                throw new ImageNotBootableException(Name, offset, $"the file ends here, and was 0x{Length:x} bytes long when it was opened.");
            offset += count;
            destination = destination[count..];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
