using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>Looks at image files without locking them: at those in use, too, and at those whose chain is broken.</summary>
public static class ImageInspector
{
    /// <summary>What there is to know of an image.</summary>
    /// <param name="path">A regular file or block device.</param>
    /// <param name="told">Its format; null to tell it by its first bytes.</param>
    /// <exception cref="ImageCorruptException">Its header contradicts itself.</exception>
    /// <exception cref="ImageNotSupportedException">It begins with the mark of a format that KvmPS does not read.</exception>
    /// <exception cref="HostIOException">The host cannot open or read it.</exception>
    public static ImageFacts Look(string path, DiskImageFormat? told = null)
    {
        path = Path.GetFullPath(path);
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        DiskImageFormat format = told ?? ImageProbe.Detect(file);
        Qcow2Header? header = format == DiskImageFormat.Qcow2 ? Qcow2Image.ReadHeader(file) : null;
        return new ImageFacts
        {
            Path = path,
            Format = format,
            VirtualSize = header?.VirtualSize ?? new RawImage(file, readOnly: true).Length,
            AllocatedLength = file.File.AllocatedLength,
            Header = header,
            Chain = [new ChainLink(path, format, null), .. Below(path, header, file.File.Identity)],
            Use = ImageLock.FindUse(file.File),
        };
    }

    /// <summary>Whether a path leads to a file of a chain, by whatever name: links are followed, and a file may have several names.</summary>
    /// <exception cref="HostIOException">The host cannot open one of them.</exception>
    public static bool IsPartOf(string path, IEnumerable<DiskLayer> chain)
    {
        if (!File.Exists(path)) return false;
        FileIdentity file = IdentityOf(path);
        return chain.Any(layer => IdentityOf(layer.Path) == file);
    }

    private static FileIdentity IdentityOf(string path)
    {
        using DiskFile file = DiskFile.Open(path, DiskFileModes.None);
        return file.Identity;
    }

    /// <summary>The images below one, until one stands alone or cannot be read. FILE-CONTROLLED: names of any files of the host.</summary>
    private static List<ChainLink> Below(string image, Qcow2Header? header, FileIdentity top)
    {
        var links = new List<ChainLink>();
        var seen = new HashSet<FileIdentity> { top };
        while (header is { BackingPath: { } name } && links.Count < ImageChain.MaximumDepth)
        {
            string path = name;
            try
            {
                path = BackingName.Resolve(image, name);
                DiskImageFormat? named = BackingName.FormatOf(image, header.BackingFormat);
                using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
                if (!seen.Add(file.File.Identity)) throw new ImageCorruptException(path, "its backing chain comes back to it.");
                DiskImageFormat format = named ?? ImageProbe.Detect(file);
                header = format == DiskImageFormat.Qcow2 ? Qcow2Image.ReadHeader(file) : null;
                links.Add(new ChainLink(path, format, null));
                image = path;
            }
            catch (IOException problem)
            {
                links.Add(new ChainLink(path, null, problem.Message));
                return links;
            }
        }

        return links;
    }
}
