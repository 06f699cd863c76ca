namespace KvmPS.Core.Devices;

/// <summary>The receiving side of a serial device, as the host sees it.</summary>
public interface ISerialReceiver
{
    /// <summary>The source has bytes again. Safe from any thread that holds no lock of the source.</summary>
    void InputAvailable();

    /// <summary>Sends a break, in order with the bytes already taken (Linux reads a break followed by a key as a SysRq).</summary>
    void SendBreak();

    /// <summary>The window in which a user sees the output has this size. A device that cannot tell its guest does nothing.</summary>
    void WindowChanged(int columns, int rows)
    {
    }
}
