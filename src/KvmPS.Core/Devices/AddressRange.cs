namespace KvmPS.Core.Devices;

/// <summary>A half-open range of ports or physical addresses.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Length">How many addresses; at least 1, and the range does not wrap.</param>
public readonly record struct AddressRange(ulong Start, ulong Length)
{
    /// <summary>The last address of the range.</summary>
    public ulong Last => Start + (Length - 1);

    /// <summary>Whether an address lies in the range.</summary>
    public bool Contains(ulong address) => unchecked(address - Start) < Length;

    /// <summary>Whether two ranges share an address.</summary>
    public bool Overlaps(AddressRange other) => Start <= other.Last && other.Start <= Last;

    /// <inheritdoc/>
    public override string ToString() => $"0x{Start:x}-0x{Last:x}";
}
