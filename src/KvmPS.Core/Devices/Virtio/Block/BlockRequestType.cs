namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>What a request asks for [virtio-1.2 §5.2.6].</summary>
public enum BlockRequestType : uint
{
    /// <summary>VIRTIO_BLK_T_IN: read.</summary>
    Read = 0,

    /// <summary>VIRTIO_BLK_T_OUT: write.</summary>
    Write = 1,

    /// <summary>VIRTIO_BLK_T_FLUSH: put what was written on stable storage.</summary>
    Flush = 4,

    /// <summary>VIRTIO_BLK_T_GET_ID: tell the serial number.</summary>
    GetId = 8,

    /// <summary>VIRTIO_BLK_T_DISCARD: ranges are not needed any more.</summary>
    Discard = 11,

    /// <summary>VIRTIO_BLK_T_WRITE_ZEROES: make ranges zero.</summary>
    WriteZeroes = 13,
}
