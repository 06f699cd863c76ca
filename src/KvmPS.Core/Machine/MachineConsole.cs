namespace KvmPS.Core.Machine;

/// <summary>Which line is a machine's console, as Linux calls it.</summary>
public enum MachineConsole
{
    /// <summary>The first serial port, COM1.</summary>
    TtyS0,

    /// <summary>The terminal of a virtio console.</summary>
    Hvc0,
}
