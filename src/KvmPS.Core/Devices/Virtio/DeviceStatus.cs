namespace KvmPS.Core.Devices.Virtio;

/// <summary>The bits of the device status, by which the driver says how far it is [virtio-1.2 §2.1].</summary>
[Flags]
public enum DeviceStatus : uint
{
    /// <summary>Written, it resets the device; read, the device is reset.</summary>
    None = 0,

    /// <summary>The guest has found the device.</summary>
    Acknowledge = 1,

    /// <summary>It has a driver for it.</summary>
    Driver = 2,

    /// <summary>The driver is ready.</summary>
    DriverOk = 4,

    /// <summary>Features are agreed on.</summary>
    FeaturesOk = 8,

    /// <summary>The device works no more until it is reset. The device's bit: the driver cannot write it.</summary>
    NeedsReset = 64,

    /// <summary>The driver has given up.</summary>
    Failed = 128,
}
