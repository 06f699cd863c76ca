using System.Buffers.Binary;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>A message about a port: struct virtio_console_control, and what may follow it [virtio-1.2 §5.3.6.2].</summary>
/// <param name="Port">The port's number.</param>
/// <param name="Event">What it says.</param>
/// <param name="Value">0 or 1, for most.</param>
internal readonly record struct ControlMessage(uint Port, ConsoleEvent Event, ushort Value)
{
    /// <summary>Bytes of a message without what follows it.</summary>
    public const int Size = 8;

    /// <summary>What follows it: a name, or a size.</summary>
    public ReadOnlyMemory<byte> Rest { get; init; }

    /// <summary>A message as the driver writes it, of <see cref="Size"/> bytes.</summary>
    public static ControlMessage Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (ConsoleEvent)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]));

    /// <summary>The message as the driver reads it.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size + Rest.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Port);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)Event);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), Value);
        Rest.Span.CopyTo(bytes.AsSpan(Size));
        return bytes;
    }
}
