namespace KvmPS.Core.Devices;

/// <summary>One entry of a bus: which addresses belong to which device.</summary>
/// <param name="Device">The device that answers.</param>
/// <param name="Range">The addresses it answers.</param>
/// <param name="Offset">The device's offset at the first address of the range; not 0 when a device owns several ranges.</param>
public readonly record struct BusMapping(IBusDevice Device, AddressRange Range, ulong Offset)
{
    /// <summary>Whether all of an access lies in the range. GUEST-CONTROLLED: written so that no addition can overflow.</summary>
    internal bool Covers(ulong address, int length)
    {
        ulong into = unchecked(address - Range.Start);
        return into < Range.Length && (ulong)length <= Range.Length - into;
    }

    /// <summary>The device's offset of an address in the range.</summary>
    internal ulong OffsetOf(ulong address) => unchecked(address - Range.Start + Offset);

    /// <inheritdoc/>
    public override string ToString() => $"{Device.Name} at {Range}";
}
