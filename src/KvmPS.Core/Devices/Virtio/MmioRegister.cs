namespace KvmPS.Core.Devices.Virtio;

/// <summary>The offsets of the registers of virtio over MMIO, version 2 [virtio-1.2 §4.2.2]. All are 32 bits wide, up to the configuration space.</summary>
public static class MmioRegister
{
    /// <summary>MagicValue: "virt".</summary>
    public const uint Magic = 0x000;

    /// <summary>Version: 2.</summary>
    public const uint Version = 0x004;

    /// <summary>DeviceID.</summary>
    public const uint DeviceId = 0x008;

    /// <summary>VendorID.</summary>
    public const uint VendorId = 0x00C;

    /// <summary>DeviceFeatures: the half of the bits that DeviceFeaturesSel selects.</summary>
    public const uint DeviceFeatures = 0x010;

    /// <summary>DeviceFeaturesSel.</summary>
    public const uint DeviceFeaturesSel = 0x014;

    /// <summary>DriverFeatures.</summary>
    public const uint DriverFeatures = 0x020;

    /// <summary>DriverFeaturesSel.</summary>
    public const uint DriverFeaturesSel = 0x024;

    /// <summary>QueueSel: which queue the registers below are about.</summary>
    public const uint QueueSel = 0x030;

    /// <summary>QueueSizeMax: 0 where there is no such queue.</summary>
    public const uint QueueSizeMax = 0x034;

    /// <summary>QueueSize.</summary>
    public const uint QueueSize = 0x038;

    /// <summary>QueueReady.</summary>
    public const uint QueueReady = 0x044;

    /// <summary>QueueNotify: the number of a queue with new buffers.</summary>
    public const uint QueueNotify = 0x050;

    /// <summary>InterruptStatus.</summary>
    public const uint InterruptStatus = 0x060;

    /// <summary>InterruptACK.</summary>
    public const uint InterruptAck = 0x064;

    /// <summary>Status: see <see cref="DeviceStatus"/>.</summary>
    public const uint Status = 0x070;

    /// <summary>QueueDescLow; the high half follows.</summary>
    public const uint QueueDescLow = 0x080;

    /// <summary>QueueDescHigh.</summary>
    public const uint QueueDescHigh = 0x084;

    /// <summary>QueueDriverLow: the available ring.</summary>
    public const uint QueueDriverLow = 0x090;

    /// <summary>QueueDriverHigh.</summary>
    public const uint QueueDriverHigh = 0x094;

    /// <summary>QueueDeviceLow: the used ring.</summary>
    public const uint QueueDeviceLow = 0x0A0;

    /// <summary>QueueDeviceHigh.</summary>
    public const uint QueueDeviceHigh = 0x0A4;

    /// <summary>SHMSel.</summary>
    public const uint ShmSel = 0x0AC;

    /// <summary>SHMLenLow: the first of four registers about a shared memory region; all ones, since there is none.</summary>
    public const uint ShmLenLow = 0x0B0;

    /// <summary>SHMBaseHigh: the last of the four.</summary>
    public const uint ShmBaseHigh = 0x0BC;

    /// <summary>QueueReset.</summary>
    public const uint QueueReset = 0x0C0;

    /// <summary>ConfigGeneration.</summary>
    public const uint ConfigGeneration = 0x0FC;

    /// <summary>Where the configuration space begins.</summary>
    public const uint Config = 0x100;
}
