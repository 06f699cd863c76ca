namespace KvmPS.Core.Devices.Legacy;

/// <summary>What a <see cref="SystemControlPort"/> remembers.</summary>
/// <param name="Value">The port.</param>
public sealed record SystemControlPortState(byte Value);

/// <summary>
/// System control port A of a PC [8042]: bit 1 is gate A20, which boot loaders open here, and the rising edge of bit 0 resets the machine.
/// DEVIATION: gate A20 is stored and always open, as with the keyboard controller's.
/// </summary>
/// <param name="system">Told of a reset.</param>
public sealed class SystemControlPort(ISystemControl system) : IBusDevice
{
    private const byte FastReset = 1 << 0;
    private const byte A20 = 1 << 1;
    private const byte Mask = FastReset | A20;

    private readonly Lock _lock = new(); // LOCK ORDER: before any lock of the machine that RequestReset takes.
    private byte _value = A20;

    /// <inheritdoc/>
    public string Name => "port-a";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        if (offset != 0 || data.IsEmpty) return;
        lock (_lock) data[0] = _value;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != 0 || data.IsEmpty) return;
        lock (_lock)
        {
            bool rising = (data[0] & ~_value & FastReset) != 0;
            _value = (byte)(data[0] & Mask);
            if (rising) system.RequestReset(ResetSource.SystemControlPort);
        }
    }

    /// <inheritdoc/>
    public void Reset() => Restore(new SystemControlPortState(A20));

    /// <summary>The port as it is.</summary>
    public SystemControlPortState Capture()
    {
        lock (_lock) return new SystemControlPortState(_value);
    }

    /// <summary>Puts the port back; asks for no reset.</summary>
    public void Restore(SystemControlPortState state)
    {
        lock (_lock) _value = (byte)(state.Value & Mask);
    }
}
