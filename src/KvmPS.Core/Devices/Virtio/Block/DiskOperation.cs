namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>What a disk does for its guest.</summary>
public enum DiskOperation
{
    /// <summary>Reads.</summary>
    Read,

    /// <summary>Writes.</summary>
    Write,

    /// <summary>Puts what was written on stable storage.</summary>
    Flush,

    /// <summary>Gives up ranges.</summary>
    Discard,

    /// <summary>Makes ranges zero.</summary>
    WriteZeroes,

    /// <summary>Tells its serial number, or refuses what it does not know.</summary>
    Other,
}
