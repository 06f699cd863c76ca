using KvmPS.Native;

namespace KvmPS.Core.Debug;

/// <summary>What can be read of a machine by physical address: its RAM, and its firmware.</summary>
/// <param name="Ram">The RAM.</param>
/// <param name="Rom">The firmware; null in a machine that boots without.</param>
internal readonly record struct ReadableMemory(GuestMemory Ram, GuestRom? Rom)
{
    /// <summary>Whether a range is all RAM of one region, or all firmware.</summary>
    public bool Contains(GuestAddress address, ulong length) => Ram.Contains(address, length) || (Rom is { } rom && rom.Contains(address, length));

    /// <summary>Copies bytes to the host, or says that the range is neither all RAM of one region nor all firmware.</summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (Rom is { } rom && rom.TryRead(address, destination)) return true;
        if (!Ram.TryLend(address, destination.Length, out GuestSpan source)) return false;
        using (source) source.Span.CopyTo(destination);
        return true;
    }
}
