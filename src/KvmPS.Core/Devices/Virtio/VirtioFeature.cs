namespace KvmPS.Core.Devices.Virtio;

/// <summary>The feature bits that do not belong to one kind of device [virtio-1.2 §6], as masks.</summary>
public static class VirtioFeature
{
    /// <summary>VIRTIO_F_INDIRECT_DESC: a descriptor may stand for a table of them.</summary>
    public const ulong IndirectDescriptors = 1ul << 28;

    /// <summary>VIRTIO_F_EVENT_IDX: each side says from which index on it wants to be notified.</summary>
    public const ulong EventIndex = 1ul << 29;

    /// <summary>VIRTIO_F_VERSION_1: no legacy driver. Without it there is nothing.</summary>
    public const ulong Version1 = 1ul << 32;

    /// <summary>VIRTIO_F_RING_RESET: one queue can be reset alone.</summary>
    public const ulong RingReset = 1ul << 40;

    /// <summary>What transport and queues offer for every device.</summary>
    public const ulong OfTransport = IndirectDescriptors | EventIndex | Version1 | RingReset;
}
