namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// Ends the machine with a code of the guest's choice, compatible with QEMU's <c>isa-debug-exit</c>: a write of any width to any of its
/// ports ends the machine with <c>(value &lt;&lt; 1) | 1</c>, so that 0 stays the code of an orderly end. Reads give 0. It has no state.
/// </summary>
/// <param name="system">Told of the exit.</param>
public sealed class DebugExit(ISystemControl system) : IBusDevice
{
    /// <summary>The number of ports, from 0xF4 on by convention.</summary>
    public const int PortCount = 4;

    /// <inheritdoc/>
    public string Name => "debug-exit";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => data.Clear();

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        uint value = 0;
        for (int i = Math.Min(data.Length, sizeof(uint)) - 1; i >= 0; i--) value = (value << 8) | data[i];
        system.RequestExit(unchecked((int)((value << 1) | 1)));
    }

    /// <inheritdoc/>
    public void Reset()
    {
    }
}
