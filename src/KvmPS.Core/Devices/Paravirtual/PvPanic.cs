namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>
/// Where a guest's kernel says that it panicked [pvpanic]: a read tells which events are understood, a write is an event. It has no state.
/// <para>
/// A guest with a crash kernel loaded says so instead of that it panicked. It goes on into that kernel, which saves what it came to save and resets the machine: this is
/// left to the guest.
/// </para>
/// </summary>
/// <param name="system">Told of a panic, and of the guest's own power-off.</param>
public sealed class PvPanic(ISystemControl system) : IBusDevice
{
    private const byte Panicked = 1 << 0;
    private const byte CrashLoaded = 1 << 1;
    private const byte Shutdown = 1 << 2;

    /// <inheritdoc/>
    public string Name => "pvpanic";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        if (offset == 0 && !data.IsEmpty) data[0] = Panicked | CrashLoaded | Shutdown;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != 0 || data.IsEmpty) return;
        byte events = data[0];
        if ((events & Panicked) != 0) system.ReportPanic("The guest's kernel said by the panic device that it panicked.");
        else if ((events & Shutdown) != 0) system.RequestPowerOff();
    }

    /// <inheritdoc/>
    public void Reset()
    {
    }
}
