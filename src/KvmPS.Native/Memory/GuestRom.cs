namespace KvmPS.Native;

/// <summary>Read-only memory of one machine: the guest's writes to it become MMIO exits, and change nothing.</summary>
public sealed class GuestRom : IDisposable
{
    private volatile bool _disposed; // a machine's slots can keep the mapping alive for longer: the host's accesses end here

    /// <summary>Maps memory and fills it.</summary>
    /// <param name="start">Where the guest sees it; a multiple of the page size.</param>
    /// <param name="contents">The bytes; a whole number of pages.</param>
    /// <exception cref="ArgumentOutOfRangeException">Address or size are not whole pages, or the size is zero.</exception>
    /// <exception cref="KvmException">The host cannot map that much.</exception>
    public GuestRom(GuestAddress start, ReadOnlySpan<byte> contents)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(start.Value % GuestMemory.PageSize, 0ul, nameof(start));
        ArgumentOutOfRangeException.ThrowIfZero(contents.Length, nameof(contents));
        ArgumentOutOfRangeException.ThrowIfNotEqual(contents.Length % GuestMemory.PageSize, 0, nameof(contents));
        Region = GuestRegion.Map(start, (ulong)contents.Length, default);
        using GuestSpan destination = Region.Lend(start, contents.Length);
        contents.CopyTo(destination.Span);
    }

    /// <summary>Where the guest sees it.</summary>
    public GuestAddress Start => Region.Start;

    /// <summary>The first address after it.</summary>
    public GuestAddress End => Region.End;

    internal GuestRegion Region { get; }

    /// <summary>Whether all of [<paramref name="address"/>, <paramref name="address"/> + <paramref name="length"/>) is in it.</summary>
    public bool Contains(GuestAddress address, ulong length) => Region.Contains(address, length);

    /// <summary>Copies bytes to the host, or says that they are not all in it.</summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!Contains(address, (ulong)destination.Length)) return false;
        using GuestSpan source = Region.Lend(address, destination.Length);
        source.Span.CopyTo(destination);
        return true;
    }

    /// <summary>Unmaps it as soon as no call is inside it and no machine has it in its slots.</summary>
    public void Dispose()
    {
        _disposed = true;
        Region.Mapping.Dispose();
    }
}
