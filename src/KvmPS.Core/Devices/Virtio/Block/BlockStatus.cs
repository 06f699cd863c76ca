namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>How a request ended: its last byte [virtio-1.2 §5.2.6].</summary>
public enum BlockStatus : byte
{
    /// <summary>VIRTIO_BLK_S_OK.</summary>
    Ok = 0,

    /// <summary>VIRTIO_BLK_S_IOERR: it failed, or could not have been carried out.</summary>
    IOError = 1,

    /// <summary>VIRTIO_BLK_S_UNSUPP: the device does not know how.</summary>
    Unsupported = 2,
}
