using KvmPS.Core.Block.Qcow2;

namespace KvmPS.Core.Block;

/// <summary>qcow2 images in a chain.</summary>
internal sealed class Qcow2Format : IImageFormat
{
    /// <summary>The format; it has no state.</summary>
    public static Qcow2Format Instance { get; } = new();

    /// <inheritdoc/>
    public BackingReference? ReadBacking(IImageFile file)
    {
        Qcow2Header header = Qcow2Image.ReadHeader(file);
        if (header.UnsupportedFeature is { } feature) throw new ImageNotSupportedException(file.Name, feature); // before a file that it names is opened
        return header.BackingPath is { } name ? new BackingReference(name, header.BackingFormat) : null;
    }

    /// <inheritdoc/>
    public IBlockBackend Open(IImageFile file, IBlockBackend? backing, bool readOnly) => Qcow2Image.Open(file, backing, readOnly);
}
