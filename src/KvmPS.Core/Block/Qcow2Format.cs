namespace KvmPS.Core.Block;

/// <summary>qcow2 images in a chain.</summary>
internal sealed class Qcow2Format : IImageFormat
{
    /// <summary>The format; it has no state.</summary>
    public static Qcow2Format Instance { get; } = new();

    /// <inheritdoc/>
    public BackingReference? ReadBacking(IImageFile file) => throw new ImageNotSupportedException(file.Name, "it is a qcow2 image.");

    /// <inheritdoc/>
    public IBlockBackend Open(IImageFile file, IBlockBackend? backing, bool readOnly) => throw new ImageNotSupportedException(file.Name, "it is a qcow2 image.");
}
