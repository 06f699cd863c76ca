using KvmPS.Core.Block.Qcow2;

namespace KvmPS.Core.Block.Files;

/// <summary>What an image file says of itself, and the host of it, at one moment.</summary>
public sealed record ImageFacts
{
    /// <summary>The full path.</summary>
    public required string Path { get; init; }

    /// <summary>How its bytes lie, by the mark that it begins with.</summary>
    public required DiskImageFormat Format { get; init; }

    /// <summary>What a guest sees of it, in bytes.</summary>
    public required long VirtualSize { get; init; }

    /// <summary>Bytes that the host keeps for it.</summary>
    public required long AllocatedLength { get; init; }

    /// <summary>What a qcow2 image says in its header; null for a raw one.</summary>
    public Qcow2Header? Header { get; init; }

    /// <summary>The image and those below it, from the top, as far as they could be read.</summary>
    public required IReadOnlyList<ChainLink> Chain { get; init; }

    /// <summary>Who uses it; null for nobody.</summary>
    public ImageUse? Use { get; init; }
}

/// <summary>One image of a chain, seen without opening the chain.</summary>
/// <param name="Path">Its full path, or its name as the image above has it where that is no path.</param>
/// <param name="Format">Its format; null where it could not be read.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
public sealed record ChainLink(string Path, DiskImageFormat? Format, string? Problem);
