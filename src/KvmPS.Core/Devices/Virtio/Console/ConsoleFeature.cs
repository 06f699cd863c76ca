namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>The feature bits of a console [virtio-1.2 §5.3.3], as masks.</summary>
public static class ConsoleFeature
{
    /// <summary>VIRTIO_CONSOLE_F_SIZE: the size of the window is told.</summary>
    public const ulong Size = 1ul << 0;

    /// <summary>VIRTIO_CONSOLE_F_MULTIPORT: there are several ports, and queues of messages about them.</summary>
    public const ulong MultiPort = 1ul << 1;

    /// <summary>VIRTIO_CONSOLE_F_EMERG_WRITE: a character can be written without a queue.</summary>
    public const ulong EmergencyWrite = 1ul << 2;
}
