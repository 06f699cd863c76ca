namespace KvmPS.Core.Block.Qcow2;

/// <summary>What a new image is like.</summary>
public sealed record Qcow2CreateOptions
{
    /// <summary>The size of the disk in bytes; rounded up to 512.</summary>
    public required long VirtualSize { get; init; }

    /// <summary>The unit of allocation in bytes: a power of two from 512 to 2 MiB.</summary>
    public int ClusterSize { get; init; } = 65536;

    /// <summary>2, which very old programs can read, or 3.</summary>
    public int Version { get; init; } = 3;

    /// <summary>The path of the image below as it is written into the header; null for none.</summary>
    public string? BackingPath { get; init; }

    /// <summary>The format of the image below, such as <c>raw</c>.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>Whether refcounts may be written late. Version 3.</summary>
    public bool LazyRefcounts { get; init; }

    /// <summary>The width of a refcount: a power of two from 1 to 64; 16 in version 2.</summary>
    public int RefcountBits { get; init; } = 16;

    /// <summary>How compressed clusters are made by programs that make them. Version 3, unless it is zlib.</summary>
    public Qcow2Compression Compression { get; init; } = Qcow2Compression.Zlib;
}
