namespace KvmPS.Core.Devices;

/// <summary>
/// Where the bytes come from that a guest receives. The device pulls when it has room, which is the back-pressure: what it does not
/// take stays with the host. Called under the device's lock: an implementation neither throws nor waits, and never calls back into the device.
/// </summary>
public interface ISerialSource
{
    /// <summary>Whether there are bytes at present. What is there stays until it is taken, or the machine ends.</summary>
    bool HasInput { get; }

    /// <summary>Takes the next bytes, in order.</summary>
    /// <param name="destination">The room of the device; at least 1 byte.</param>
    /// <returns>How many bytes were taken; 0 when there are none at present.</returns>
    int Take(Span<byte> destination);
}
