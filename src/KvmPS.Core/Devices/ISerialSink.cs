namespace KvmPS.Core.Devices;

/// <summary>
/// Where the bytes go that a guest sends. The device calls under its own lock, one call at a time and in the order of the guest's
/// writes, from a vCPU thread: an implementation neither throws nor waits, and never calls back into the device.
/// </summary>
public interface ISerialSink
{
    /// <summary>The guest sent one byte.</summary>
    void Write(byte value);

    /// <summary>The guest sent several bytes at once, with <c>rep outsb</c>.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// The guest's driver sends by polling from now on, or by interrupts. Linux does the first for what its kernel says itself, the second for what programs
    /// write. A device that cannot tell never calls it.
    /// </summary>
    /// <param name="polls">Whether by polling.</param>
    void PollingChanged(bool polls)
    {
    }
}
