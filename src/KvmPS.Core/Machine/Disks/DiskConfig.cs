using KvmPS.Core.Block;

namespace KvmPS.Core.Machine;

/// <summary>One disk of a machine: which image, and how the guest sees it.</summary>
public sealed record DiskConfig
{
    /// <summary>The longest serial number, in bytes [virtio-1.2 §5.2.6].</summary>
    public const int LongestSerial = 20;

    /// <summary>Its name in the machine, such as <c>disk0</c>: what cmdlets, threads and errors call it.</summary>
    public required string Name { get; init; }

    /// <summary>The image's absolute path: a file or a block device. Empty for a disk in memory.</summary>
    public string Path { get; init; } = "";

    /// <summary>The size in bytes of a disk that is only in this process's memory, empty at power-on; null for one with an image.</summary>
    public long? MemorySize { get; init; }

    /// <summary>What kind of image it is; null to find out, which a guest that may write a raw image could mislead.</summary>
    public DiskImageFormat? Format { get; init; }

    /// <summary>Whether the guest may not write.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether what the guest writes is kept in memory, and forgotten at power-off.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>When a write is on the disk.</summary>
    public DiskCacheMode CacheMode { get; init; } = DiskCacheMode.WriteBack;

    /// <summary>The serial number that the guest reads: up to 20 characters of ASCII.</summary>
    public string SerialNumber { get; init; } = "";

    /// <summary>Requests a second at most; 0 for any number.</summary>
    public long MaximumIops { get; init; }

    /// <summary>Bytes a second at most; 0 for any number.</summary>
    public long MaximumBytesPerSecond { get; init; }

    /// <summary>How many queues; 0 for one a vCPU.</summary>
    public int QueueCount { get; init; }
}
