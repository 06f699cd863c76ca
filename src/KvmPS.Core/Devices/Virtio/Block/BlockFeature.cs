namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>The feature bits of a block device [virtio-1.2 §5.2.3], as masks.</summary>
public static class BlockFeature
{
    /// <summary>VIRTIO_BLK_F_SIZE_MAX: the longest buffer is told.</summary>
    public const ulong SizeMax = 1ul << 1;

    /// <summary>VIRTIO_BLK_F_SEG_MAX: the most buffers of a request are told.</summary>
    public const ulong SegMax = 1ul << 2;

    /// <summary>VIRTIO_BLK_F_RO: it cannot be written.</summary>
    public const ulong ReadOnly = 1ul << 5;

    /// <summary>VIRTIO_BLK_F_BLK_SIZE: the best unit of requests is told.</summary>
    public const ulong BlockSize = 1ul << 6;

    /// <summary>VIRTIO_BLK_F_FLUSH: it has a cache that can be flushed.</summary>
    public const ulong Flush = 1ul << 9;

    /// <summary>VIRTIO_BLK_F_TOPOLOGY: the best places and sizes are told.</summary>
    public const ulong Topology = 1ul << 10;

    /// <summary>VIRTIO_BLK_F_CONFIG_WCE: the driver chooses between write-back and write-through.</summary>
    public const ulong ConfigWriteCache = 1ul << 11;

    /// <summary>VIRTIO_BLK_F_MQ: it has several queues.</summary>
    public const ulong MultiQueue = 1ul << 12;

    /// <summary>VIRTIO_BLK_F_DISCARD: it takes back what is not needed any more.</summary>
    public const ulong Discard = 1ul << 13;

    /// <summary>VIRTIO_BLK_F_WRITE_ZEROES: it makes ranges zero without being sent the zeroes.</summary>
    public const ulong WriteZeroes = 1ul << 14;
}
