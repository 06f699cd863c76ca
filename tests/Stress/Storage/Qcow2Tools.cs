using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>Our qcow2 images in files of the host, made by our code or qemu-img in all sizes of clusters and refcounts.</summary>
internal sealed class Qcow2Tools : IImageTools
{
    /// <summary>Crash tests of one variant of our images.</summary>
    public static Qcow2Subject Subject(Qcow2Variant variant) => new(variant, Qcow2Image.Open, static (disk, length) => ((Qcow2Image)disk).Resize(length));

    /// <summary>Opens an image in a file, which is closed again when the image is refused.</summary>
    public static Qcow2Image OpenFile(string path, IBlockBackend? backing, bool readOnly)
    {
        var file = new HostImageFile(DiskFile.Open(path, readOnly ? DiskFileModes.None : DiskFileModes.Write));
        try
        {
            return Qcow2Image.Open(file, backing, readOnly);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IBlockBackend Open(string path, IBlockBackend? backing, bool readOnly) => OpenFile(path, backing, readOnly);

    /// <inheritdoc/>
    public void Create(string path, long length, string? backingPath, Random random)
    {
        int clusterSize = 1 << random.Next(9, 18);
        bool isOld = random.Next(3) == 0;
        int refcountBits = isOld ? 16 : 1 << random.Next(7);
        bool isLazy = !isOld && random.Next(4) == 0;
        if (random.Next(2) == 0)
        {
            using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.Write | DiskFileModes.Create));
            Qcow2Image.Create(file, new Qcow2CreateOptions
            {
                VirtualSize = length,
                ClusterSize = clusterSize,
                Version = isOld ? 2 : 3,
                RefcountBits = refcountBits,
                LazyRefcounts = isLazy,
                BackingPath = backingPath,
                BackingFormat = backingPath is null ? null : "qcow2",
            });
            return;
        }

        string version = isOld ? "compat=0.10" : $"compat=1.1,refcount_bits={refcountBits},lazy_refcounts={(isLazy ? "on" : "off")}";
        string[] backing = backingPath is null ? [] : ["-b", backingPath, "-F", "qcow2"];
        QemuImg.Run(["create", "-q", "-f", "qcow2", "-o", $"cluster_size={clusterSize},{version}", .. backing, path, $"{length}"]);
    }

    /// <inheritdoc/>
    public void Resize(IBlockBackend disk, long length) => ((Qcow2Image)disk).Resize(length);
}
