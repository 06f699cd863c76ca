using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>How a disk image is opened.</summary>
public sealed record DiskOpenOptions
{
    /// <summary>The format; null to guess it by the image's first bytes, which a guest may have written (<see cref="OpenedDisk.FormatGuessed"/>).</summary>
    public DiskImageFormat? Format { get; init; }

    /// <summary>Whether the disk cannot be written, and others may read the image at the same time.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>What the disk does with the host's page cache.</summary>
    public DiskCacheMode CacheMode { get; init; }

    /// <summary>Whether writes stay in memory and are thrown away: the image is opened for reading.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>How many bytes of memory the writes to an ephemeral disk may take; null for as many as the host has.</summary>
    public long? EphemeralLimit { get; init; }

    /// <summary>Whether to look at an image that others may be writing, without a lock. What is read then may be neither old nor new. Not for writing.</summary>
    public bool IgnoreLocks { get; init; }

    /// <summary>The same image, opened before, whose lock this opening has a part in; null when it takes one of its own.</summary>
    internal DiskFile? LockedBy { get; init; }
}
