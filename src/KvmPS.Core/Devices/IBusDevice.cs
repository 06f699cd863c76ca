namespace KvmPS.Core.Devices;

/// <summary>
/// A device that answers in a range of I/O ports or physical addresses. It does not know its base. Calls come from vCPU threads, several
/// at once on an SMP machine, and must neither throw nor wait. Every offset inside the range and every width from 1 to 8 bytes is answered.
/// </summary>
public interface IBusDevice
{
    /// <summary>A short name for tables and errors, such as <c>uart0</c>.</summary>
    string Name { get; }

    /// <summary>The guest reads <paramref name="data"/>.Length bytes at an offset from the base.</summary>
    void Read(ulong offset, Span<byte> data);

    /// <summary>The guest writes <paramref name="data"/>.Length bytes at an offset from the base.</summary>
    void Write(ulong offset, ReadOnlySpan<byte> data);

    /// <summary>Back to power-on state; doing it twice is doing it once.</summary>
    void Reset();
}
