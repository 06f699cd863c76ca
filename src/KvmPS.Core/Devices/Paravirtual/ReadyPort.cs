namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>
/// Where a guest says that it is ready: a byte of its choice, of which the first counts. A device of our own; a read gives 0x52, by which a guest knows
/// that somebody listens. It has no state.
/// </summary>
/// <param name="system">Told that the guest is ready.</param>
public sealed class ReadyPort(ISystemControl system) : IBusDevice
{
    /// <summary>What a read gives: the letter R.</summary>
    public const byte Signature = 0x52;

    /// <inheritdoc/>
    public string Name => "ready";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        if (offset == 0 && !data.IsEmpty) data[0] = Signature;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == 0 && !data.IsEmpty) system.ReportReady(data[0]);
    }

    /// <inheritdoc/>
    public void Reset()
    {
    }
}
