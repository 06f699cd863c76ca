using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>qcow2 images for those who want one layer of a chain, and have its lock already.</summary>
internal static class Qcow2Images
{
    /// <summary>Opens an image for reading, without the one below: what it does not hold reads as zero.</summary>
    /// <exception cref="IOException">It cannot be read, or makes no sense.</exception>
    public static Qcow2Image OpenAlone(string path)
    {
        var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        try
        {
            return Qcow2Image.Open(file, backing: null, readOnly: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
