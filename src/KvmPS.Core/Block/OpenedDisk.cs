using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

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

    /// <summary>The file of the image that was named, which has its lock; null for a disk in memory.</summary>
    internal DiskFile? File { get; init; }

    /// <summary>
    /// Writes what an ephemeral disk holds in memory into its image, and empties the memory. The disk stays open and reads the same. Nobody uses it meanwhile.
    /// </summary>
    /// <param name="progress">Is told the bytes that are done, and all of them.</param>
    /// <param name="cancellation">Leaves an image with a part of them, and the memory whole: the disk reads the same, and can be merged again.</param>
    /// <exception cref="InvalidOperationException">The disk is not ephemeral.</exception>
    /// <exception cref="ImageLockedException">Somebody else uses the image.</exception>
    /// <exception cref="IOException">The image or the host refuses; as if cancelled.</exception>
    public void MergeLayer(Action<long, long>? progress, CancellationToken cancellation)
    {
        if (Backend is not OverlayDisk overlay) throw new InvalidOperationException($"'{Chain[0].Path}' was not opened as an ephemeral disk.");
        ImageLock.Upgrade(File!);
        IBlockBackend image;
        try
        {
            image = OpenForMerge();
        }
        catch
        {
            ImageLock.Downgrade(File!);
            throw;
        }

        overlay.Rebase(image); // before its tables change: the opening that changes them is the only one that knows
        try
        {
            overlay.MergeInto(image, progress, cancellation);
        }
        finally
        {
            (image as Qcow2Image)?.EndWriting(); // if the host refuses, it stays an image that is written, and is locked as such
            ImageLock.Downgrade(File!);
        }

        overlay.Clear();
    }

    private IBlockBackend OpenForMerge()
    {
        var options = new DiskOpenOptions
        {
            Format = FormatGuessed ? null : Format,
            CacheMode = File!.IsDirect ? DiskCacheMode.Direct : DiskCacheMode.WriteBack, // what is merged is to stay, whatever may happen to the layer
            LockedBy = File,
        };
        return DiskImages.Open(Chain[0].Path, options).Backend;
    }

    /// <summary>Closes all images. It flushes nothing: what was not flushed is as after the host's crash.</summary>
    public void Dispose() => Backend.Dispose();
}

/// <summary>One image of a chain.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Format">How its bytes lie.</param>
/// <param name="FormatGuessed">Whether nobody said so: neither the user nor the image above.</param>
/// <param name="IsLocked">Whether others are kept away; false when the file system keeps no locks, or none was wanted.</param>
public sealed record DiskLayer(string Path, DiskImageFormat Format, bool FormatGuessed, bool IsLocked);
