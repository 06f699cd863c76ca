namespace KvmPS.Core.Block;

/// <summary>A disk image with all the images below it, open until it is disposed.</summary>
public sealed class OpenedDisk : IDisposable
{
    internal OpenedDisk(IBlockBackend backend, IReadOnlyList<DiskLayer> chain)
    {
        Backend = backend;
        Chain = chain;
    }

    /// <summary>A disk in this process's memory.</summary>
    /// <param name="length">Its size in bytes, a positive multiple of 512.</param>
    public static OpenedDisk InMemory(long length) =>
        new(new MemoryDisk(length), [new DiskLayer("", DiskImageFormat.Raw, FormatGuessed: false, IsLocked: true)]);

    /// <summary>The disk.</summary>
    public IBlockBackend Backend { get; }

    /// <summary>The image that was named and those that it rests on, from the top.</summary>
    public IReadOnlyList<DiskLayer> Chain { get; }

    /// <summary>The format of the image that was named.</summary>
    public DiskImageFormat Format => Chain[0].Format;

    /// <summary>Whether that is a guess. A guest that can write a raw disk can make it look like another format: give the format where it is known.</summary>
    public bool FormatGuessed => Chain[0].FormatGuessed;

    /// <summary>Closes all images. It flushes nothing: what was not flushed is as after the host's crash.</summary>
    public void Dispose() => Backend.Dispose();
}

/// <summary>One image of a chain.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Format">How its bytes lie.</param>
/// <param name="FormatGuessed">Whether nobody said so: neither the user nor the image above.</param>
/// <param name="IsLocked">Whether others are kept away; false when the file system keeps no locks, or none was wanted.</param>
public sealed record DiskLayer(string Path, DiskImageFormat Format, bool FormatGuessed, bool IsLocked);
