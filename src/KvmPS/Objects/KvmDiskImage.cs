using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;
using KvmPS.Core.Block.Qcow2;

namespace KvmPS;

/// <summary>A disk image as it was when it was looked at.</summary>
public sealed class KvmDiskImage
{
    internal KvmDiskImage(ImageFacts facts)
    {
        Path = facts.Path;
        Format = facts.Format;
        SizeBytes = facts.VirtualSize;
        AllocatedBytes = facts.AllocatedLength;
        Chain = [.. facts.Chain.Select(static link => link.Problem is null ? $"{link.Path} ({link.Format})" : $"{link.Path} ({link.Problem.TrimEnd('.')})")];
        ChainIsComplete = facts.Chain.All(static link => link.Problem is null);
        IsInUse = facts.Use is not null;
        IsBeingWritten = facts.Use is { IsWritten: true };
        UsedBy = facts.Use?.Holder;
        if (facts.Header is not { } header) return;
        Version = header.Version;
        ClusterSizeBytes = header.ClusterSize;
        BackingPath = facts.Chain.Count > 1 ? facts.Chain[1].Path : null;
        BackingFormat = header.BackingFormat;
        IsDirty = header.IsDirty;
        IsCorrupt = header.IsCorrupt;
        LazyRefcounts = header.HasLazyRefcounts;
        RefcountBits = header.RefcountBits;
        CompressionType = header.Compression;
        SnapshotCount = header.SnapshotCount;
        UnsupportedFeature = header.UnsupportedFeature;
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>How its bytes lie, by the mark that it begins with.</summary>
    public DiskImageFormat Format { get; }

    /// <summary>What a guest sees of it, in bytes.</summary>
    public long SizeBytes { get; }

    /// <summary>What it takes of the host's disk, in bytes.</summary>
    public long AllocatedBytes { get; }

    /// <summary>The unit of allocation in bytes; null for a raw image.</summary>
    public long? ClusterSizeBytes { get; }

    /// <summary>The version of the format; null for a raw image.</summary>
    public int? Version { get; }

    /// <summary>The full path of the image below; null for none.</summary>
    public string? BackingPath { get; }

    /// <summary>The format of the image below as this one tells it; null when it does not.</summary>
    public string? BackingFormat { get; }

    /// <summary>The image and all below it, from the top, each with its format, or with what is wrong with it.</summary>
    public string[] Chain { get; }

    /// <summary>Whether all of the chain could be found and read.</summary>
    public bool ChainIsComplete { get; }

    /// <summary>Whether it was not closed after lazy refcounts were used.</summary>
    public bool IsDirty { get; }

    /// <summary>Whether a program found it damaged and marked it.</summary>
    public bool IsCorrupt { get; }

    /// <summary>How many internal snapshots it has.</summary>
    public int SnapshotCount { get; }

    /// <summary>Whether refcounts may be written late.</summary>
    public bool LazyRefcounts { get; }

    /// <summary>The width of a refcount in bits; null for a raw image.</summary>
    public int? RefcountBits { get; }

    /// <summary>How compressed clusters are made; null for a raw image.</summary>
    public Qcow2Compression? CompressionType { get; }

    /// <summary>The first feature that KvmPS does not serve; null when the image can be used.</summary>
    public string? UnsupportedFeature { get; }

    /// <summary>Whether somebody has it open.</summary>
    public bool IsInUse { get; }

    /// <summary>Whether they write it.</summary>
    public bool IsBeingWritten { get; }

    /// <summary>Who, such as <c>process 4711 (qemu-system-x86)</c>; null for nobody, or when that cannot be seen.</summary>
    public string? UsedBy { get; }

    /// <summary>The path.</summary>
    public override string ToString() => Path;

    /// <summary>Looks at an image.</summary>
    /// <exception cref="IOException">It is none, or cannot be read.</exception>
    internal static KvmDiskImage At(string path) => new(ImageInspector.Look(path));
}
