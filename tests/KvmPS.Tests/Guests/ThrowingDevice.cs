using KvmPS.Core.Devices;

namespace KvmPS.Tests.Guests;

/// <summary>A device that throws at every access, with an exception that nothing else throws.</summary>
internal sealed class ThrowingDevice : IBusDevice
{
    /// <summary>A port at which no other device is.</summary>
    public const byte Port = 0x10;

    public string Name => "broken";

    public void Read(ulong offset, Span<byte> data) => throw new InvalidTimeZoneException("the device is broken");

    public void Write(ulong offset, ReadOnlySpan<byte> data) => throw new InvalidTimeZoneException("the device is broken");

    public void Reset()
    {
    }
}
