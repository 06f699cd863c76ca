using KvmPS.Core.Block;

namespace KvmPS.Commands;

/// <summary>The format of a new image when nobody gives it: that of the file's extension.</summary>
internal static class ImageFormats
{
    private static readonly string[] RawExtensions = [".raw", ".img", ".bin", ".dd", ".iso"];

    /// <summary>Raw for the extensions that people give to raw images, else qcow2.</summary>
    public static DiskImageFormat For(string path) =>
        RawExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) ? DiskImageFormat.Raw : DiskImageFormat.Qcow2;

    /// <summary>The extension of a format.</summary>
    public static string ExtensionOf(DiskImageFormat format) => format == DiskImageFormat.Raw ? ".raw" : ".qcow2";
}
