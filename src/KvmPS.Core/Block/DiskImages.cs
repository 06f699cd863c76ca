namespace KvmPS.Core.Block;

/// <summary>Opens disk images: the one place that puts files, locks, formats, backing chains, overlays and cache modes together.</summary>
public static class DiskImages
{
    /// <summary>Opens an image for a machine or a cmdlet.</summary>
    /// <param name="path">The image, a regular file or block device.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ImageLockedException">Somebody else uses it, or an image below it, in a way that does not go with this.</exception>
    /// <exception cref="ImageNotSupportedException">It or an image below it is of a kind that KvmPS does not read.</exception>
    /// <exception cref="ImageCorruptException">It or an image below it contradicts itself.</exception>
    /// <exception cref="KvmPS.Native.HostIOException">The host cannot open or read it.</exception>
    public static OpenedDisk Open(string path, DiskOpenOptions options) => Open(path, options, Qcow2Format.Instance);

    /// <summary>The same, with something else in the place of qcow2.</summary>
    internal static OpenedDisk Open(string path, DiskOpenOptions options, IImageFormat qcow2)
    {
        bool forWriting = options is { ReadOnly: false, Ephemeral: false };
        if (forWriting && options.IgnoreLocks) throw new ArgumentException("An image is not written without its lock.", nameof(options));
        var chain = new ImageChain(options, qcow2);
        IBlockBackend backend = chain.Open(Path.GetFullPath(path), options.Format, forWriting);
        if (options is { Ephemeral: true, ReadOnly: false }) backend = new OverlayDisk(backend, options.EphemeralLimit);
        else if (forWriting && options.CacheMode == DiskCacheMode.WriteThrough) backend = new WriteThroughDisk(backend);
        return new OpenedDisk(backend, chain.Layers) { File = chain.Top };
    }
}
