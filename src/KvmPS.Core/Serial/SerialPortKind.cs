namespace KvmPS.Core.Serial;

/// <summary>What a guest finds at its end of a <see cref="SerialPort"/>.</summary>
public enum SerialPortKind
{
    /// <summary>A UART: COM1 to COM4.</summary>
    Uart,

    /// <summary>The terminal of a virtio console, <c>hvc0</c>, which also learns the size of the window.</summary>
    Console,

    /// <summary>A named port of a virtio console, for programs.</summary>
    Channel,
}
