using System.Globalization;
using System.Numerics;
using System.Text;
using KvmPS.Core.Block.Qcow2;

namespace KvmPS.Core.Block.Files;

/// <summary>What a new image is to be like.</summary>
public sealed record ImagePlan
{
    private const int LeastCluster = 512;
    private const int MostCluster = 2 << 20;
    private const int DefaultCluster = 64 << 10;
    private const int MostBackingName = 1023; // bytes [qcow2 §Header]

    /// <summary>How its bytes lie.</summary>
    public required DiskImageFormat Format { get; init; }

    /// <summary>What a guest sees of it, in bytes: a multiple of 512.</summary>
    public required long Size { get; init; }

    /// <summary>The unit of allocation of a qcow2 image in bytes.</summary>
    public long ClusterSize { get; init; } = DefaultCluster;

    /// <summary>The name of the image below as the new one is to have it; null for none.</summary>
    public string? BackingName { get; init; }

    /// <summary>The format of the image below.</summary>
    public DiskImageFormat? BackingFormat { get; init; }

    /// <summary>A size as images can have it: up to the next multiple of 512.</summary>
    public static long Rounded(long size) => size > long.MaxValue - RawImage.Sector ? size & -RawImage.Sector : (size + RawImage.Sector - 1) & -RawImage.Sector;

    /// <summary>How an image names the one below it: from its own folder when that is in or below it, so that the two can be moved together; else by the full path.</summary>
    /// <param name="image">The full path of the image.</param>
    /// <param name="backing">The full path of the one below.</param>
    public static string NameFor(string image, string backing)
    {
        string relative = Path.GetRelativePath(Path.GetDirectoryName(image)!, backing);
        bool isBeside = !relative.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(relative);
        return isBeside && !relative.Contains(':', StringComparison.Ordinal) ? relative : backing; // before a colon is a protocol's name
    }

    /// <summary>What is wrong with the plan, in words; null when it can be carried out.</summary>
    public string? Problem()
    {
        if (Format == DiskImageFormat.Raw) return BackingName is null ? null : "a raw image cannot rest on another";
        if (ClusterSize is < LeastCluster or > MostCluster || !BitOperations.IsPow2(ClusterSize))
            return $"clusters have a power of two of bytes, from {LeastCluster} to {MostCluster}";
        if (Encoding.UTF8.GetByteCount(BackingName ?? "") is int length && (length > MostBackingName || length > ClusterSize / 2))
            return $"the path of the backing file has {length} bytes, too many for the header";
        long most = Qcow2Header.MostL1Bytes / sizeof(ulong) * ClusterSize * (ClusterSize / sizeof(ulong)); // 2^61 with the largest clusters
        return Size > most ? string.Create(CultureInfo.InvariantCulture, $"with clusters of {ClusterSize} bytes an image has at most {most} bytes") : null;
    }

    internal Qcow2CreateOptions Qcow2 => new()
    {
        VirtualSize = Size,
        ClusterSize = (int)ClusterSize,
        BackingPath = BackingName,
        BackingFormat = BackingFormat switch { DiskImageFormat.Raw => "raw", DiskImageFormat.Qcow2 => "qcow2", _ => null },
    };
}
