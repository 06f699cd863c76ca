using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>Changes the sizes of images that nobody uses.</summary>
public static class ImageSizes
{
    /// <summary>Gives an image another size. What is new reads as zero; what is cut off is lost.</summary>
    /// <param name="path">The image.</param>
    /// <param name="format">Its format; null to tell it by its first bytes.</param>
    /// <param name="size">What a guest shall see of it, in bytes: a multiple of 512.</param>
    /// <param name="mayShrink">Whether it may become smaller.</param>
    /// <returns>The size before.</returns>
    /// <exception cref="ImageShrinkException">It would become smaller, and may not.</exception>
    /// <exception cref="ImageLockedException">Somebody uses it.</exception>
    /// <exception cref="IOException">The image or the host refuses.</exception>
    public static long Resize(string path, DiskImageFormat? format, long size, bool mayShrink)
    {
        using OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions { Format = format });
        long before = disk.Backend.Length;
        if (size < before && !mayShrink) throw new ImageShrinkException(disk.Chain[0].Path, before, size);
        if (size == before) return before;
        if (disk.Backend is Qcow2Image image)
        {
            image.Resize(size);
            image.Flush();
            return before;
        }

        using DiskFile file = DiskFile.Open(disk.Chain[0].Path, DiskFileModes.Write); // locked by the disk
        if (file.IsBlockDevice) throw new ImageNotSupportedException(file.Path, "another size of a block device");
        file.SetLength(size);
        file.Flush();
        return before;
    }
}
