namespace KvmPS.Stress.Storage;

/// <summary>One way to make a qcow2 image.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Options">The options of <c>qemu-img create -o</c>.</param>
/// <param name="Length">Bytes of the disk.</param>
internal sealed record Qcow2Variant(string Name, string Options, long Length)
{
    /// <summary>A format that it stands on, or null.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>Whether it has an internal snapshot of a disk that was written to, and so shared clusters.</summary>
    public bool HasSnapshot { get; init; }

    /// <summary>The sizes that it can be given. QEMU shrinks no image with snapshots.</summary>
    public IReadOnlyList<long> Lengths { get; init; } = [Length];

    /// <summary>Variants that differ in what a crash can meet: versions, cluster sizes from the smallest on, widths of refcounts, what is below and beside.</summary>
    public static IReadOnlyList<Qcow2Variant> All { get; } =
    [
        new("v3, 64K clusters", "compat=1.1,cluster_size=65536", 4 << 20),
        new("v3, 4K clusters, resized", "compat=1.1,cluster_size=4096", 2 << 20) { Lengths = [2 << 20, 3 << 20, (1 << 20) + (5 * 512)] },
        new("v3, 512-byte clusters", "compat=1.1,cluster_size=512", 1 << 20),
        new("v2, 4K clusters", "compat=0.10,cluster_size=4096", 2 << 20),
        new("v2, 64K clusters, backing file", "compat=0.10,cluster_size=65536", 4 << 20) { BackingFormat = "raw" },
        new("v3, 4K clusters, backing file", "compat=1.1,cluster_size=4096", 2 << 20) { BackingFormat = "raw" },
        new("v3, 4K clusters, lazy refcounts", "compat=1.1,cluster_size=4096,lazy_refcounts=on", 2 << 20),
        new("v3, 4K clusters, internal snapshot", "compat=1.1,cluster_size=4096", 2 << 20) { HasSnapshot = true },
        new("v2, 512-byte clusters, backing file, internal snapshot, grown", "compat=0.10,cluster_size=512", 1 << 19) { BackingFormat = "qcow2", HasSnapshot = true },
        new("v3, 1K clusters, 1-bit refcounts, resized", "compat=1.1,cluster_size=1024,refcount_bits=1", 1 << 20) { Lengths = [1 << 20, 3 << 19, 1 << 19] },
        new("v3, 4K clusters, 64-bit refcounts, backing file, lazy refcounts", "compat=1.1,cluster_size=4096,refcount_bits=64,lazy_refcounts=on", 1 << 20) { BackingFormat = "qcow2" },
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
