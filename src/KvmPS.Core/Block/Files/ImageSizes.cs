namespace KvmPS.Core.Block.Files;

/// <summary>Changes the sizes of images that nobody uses.</summary>
public static class ImageSizes
{
    /// <summary>Gives an image another size. What is new reads as zero; what is cut off is lost.</summary>
    /// <param name="path">The image.</param>
    /// <param name="format">Its format; null to tell it by its first bytes.</param>
    /// <param name="size">What a guest shall see of it, in bytes: a multiple of 512.</param>
    /// <param name="mayShrink">Whether it may become smaller.</param>
    /// <param name="warn">Is told, before anything changes, what the image has beside its disk and will lose. It may throw.</param>
    /// <returns>The size before.</returns>
    /// <exception cref="ImageShrinkException">It would become smaller, and may not.</exception>
    /// <exception cref="ImageLockedException">Somebody uses it.</exception>
    /// <exception cref="IOException">The image or the host refuses.</exception>
    public static long Resize(string path, DiskImageFormat? format, long size, bool mayShrink, Action<string>? warn)
    {
        using OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions { Format = format });
        long before = disk.Backend.Length;
        if (size < before && !mayShrink) throw new ImageShrinkException(disk.Chain[0].Path, before, size);
        if (size == before) return before;
        if (BitmapLosses.Of(disk.Chain[0]) is { } loss) warn?.Invoke(loss);
        Resize(disk, size);
        return before;
    }

    /// <summary>The same for an image that is open for writing, and stays locked.</summary>
    /// <exception cref="IOException">The image or the host refuses.</exception>
    internal static void Resize(OpenedDisk disk, long size)
    {
        ((IResizableDisk)disk.Backend).Resize(size); // what is opened for writing, and is no machine's overlay, can be resized
        disk.Backend.Flush();
    }
}
