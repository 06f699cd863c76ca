namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>What a message about a port says [virtio-1.2 §5.3.6.2].</summary>
internal enum ConsoleEvent : ushort
{
    /// <summary>The driver knows of the device: 1 when it can work with it.</summary>
    DeviceReady = 0,

    /// <summary>The device has this port.</summary>
    PortAdd = 1,

    /// <summary>The device has it no more.</summary>
    PortRemove = 2,

    /// <summary>The driver has set the port up: 1 when it could.</summary>
    PortReady = 3,

    /// <summary>The port is a console.</summary>
    ConsolePort = 4,

    /// <summary>The size of its window, behind the message.</summary>
    Resize = 5,

    /// <summary>Somebody has opened the other end (1) or closed it (0).</summary>
    PortOpen = 6,

    /// <summary>Its name, behind the message.</summary>
    PortName = 7,
}
