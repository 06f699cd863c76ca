using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>What an image's dirty bitmaps lose when it is written here: they are marked as not to be trusted before the first write, since nobody keeps them up to date [qcow2 §Bitmaps].</summary>
internal static class BitmapLosses
{
    private const int MostTold = 10;

    /// <summary>A sentence for whoever is about to write the image; null when it has no bitmaps that still hold.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? Of(DiskLayer image)
    {
        if (image.Format != DiskImageFormat.Qcow2) return null;
        using var file = new HostImageFile(DiskFile.Open(image.Path, DiskFileModes.None));
        string[] names = [.. BitmapNames.Of(file, Qcow2Image.ReadHeader(file)).Take(MostTold + 1).Select(static name => $"'{name}'")];
        if (names.Length == 0) return null;
        string told = string.Join(", ", names.Take(MostTold)) + (names.Length > MostTold ? " and more" : "");
        return $"'{image.Path}' has dirty bitmaps ({told}), which do not hold any more once it is written: KvmPS does not keep them up to date. The next backup that goes by them has to be a full one.";
    }
}
