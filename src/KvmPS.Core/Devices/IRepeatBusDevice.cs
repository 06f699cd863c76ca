namespace KvmPS.Core.Devices;

/// <summary>
/// A device that takes a whole <c>rep ins</c> or <c>rep outs</c> in one call. It is an optimisation only: the meaning is that of the same
/// elements one after the other at the same offset, which is what the bus does with any other device.
/// </summary>
public interface IRepeatBusDevice : IBusDevice
{
    /// <summary>Reads <paramref name="data"/>.Length / <paramref name="width"/> elements at one offset.</summary>
    /// <param name="offset">The offset from the base; the element lies in the device's range.</param>
    /// <param name="width">Bytes per element, 1 to 8.</param>
    /// <param name="data">Receives the elements.</param>
    void ReadRepeated(ulong offset, int width, Span<byte> data);

    /// <summary>Writes <paramref name="data"/>.Length / <paramref name="width"/> elements at one offset.</summary>
    /// <param name="offset">The offset from the base; the element lies in the device's range.</param>
    /// <param name="width">Bytes per element, 1 to 8.</param>
    /// <param name="data">The elements.</param>
    void WriteRepeated(ulong offset, int width, ReadOnlySpan<byte> data);
}
