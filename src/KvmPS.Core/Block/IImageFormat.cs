namespace KvmPS.Core.Block;

/// <summary>A format with tables of its own, as the opening of a chain sees it.</summary>
internal interface IImageFormat
{
    /// <summary>What an image says about the one below it; null when it stands alone.</summary>
    /// <exception cref="IOException">Its header cannot be read or makes no sense.</exception>
    BackingReference? ReadBacking(IImageFile file);

    /// <summary>Makes a disk of an image. The disk owns the file and the backing disk; when this throws, the caller still does.</summary>
    /// <exception cref="IOException">It cannot be read or makes no sense.</exception>
    IBlockBackend Open(IImageFile file, IBlockBackend? backing, bool readOnly);
}

/// <summary>What an image says about the one below it. FILE-CONTROLLED.</summary>
/// <param name="Name">Its path, absolute or from the folder of the image above.</param>
/// <param name="Format">The name of its format as the image has it; null when it has none.</param>
internal readonly record struct BackingReference(string Name, string? Format);
