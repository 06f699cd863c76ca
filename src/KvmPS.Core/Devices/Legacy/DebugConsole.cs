namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// The debug console at port 0xE9, as in Bochs and QEMU: a byte written is a byte sent, and a read gives 0xE9, by which a guest
/// recognizes it. It has no state.
/// </summary>
/// <param name="sink">Receives the bytes.</param>
public sealed class DebugConsole(ISerialSink sink) : IRepeatBusDevice
{
    /// <summary>What a read gives.</summary>
    public const byte Signature = 0xE9;

    private readonly Lock _lock = new(); // LOCK ORDER: before any lock of the sink.

    /// <inheritdoc/>
    public string Name => "debugcon";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        if (offset == 0 && !data.IsEmpty) data[0] = Signature;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != 0 || data.IsEmpty) return;
        lock (_lock) sink.Write(data[0]);
    }

    /// <inheritdoc/>
    public void ReadRepeated(ulong offset, int width, Span<byte> data)
    {
        for (; !data.IsEmpty; data = data[width..]) Read(offset, data[..width]);
    }

    /// <inheritdoc/>
    public void WriteRepeated(ulong offset, int width, ReadOnlySpan<byte> data)
    {
        if (width == 1 && offset == 0)
        {
            lock (_lock) sink.Write(data);
            return;
        }

        for (; !data.IsEmpty; data = data[width..]) Write(offset, data[..width]);
    }

    /// <inheritdoc/>
    public void Reset()
    {
    }
}
