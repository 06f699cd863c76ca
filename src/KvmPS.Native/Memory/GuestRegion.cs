namespace KvmPS.Native;

/// <summary>One contiguous range of the guest's memory, backed by one host mapping and mapped by one KVM memory slot.</summary>
public sealed class GuestRegion
{
    internal GuestRegion(GuestAddress start, ulong size, MappedMemory mapping)
    {
        Start = start;
        Size = size;
        Mapping = mapping;
    }

    /// <summary>The first guest-physical address of the region.</summary>
    public GuestAddress Start { get; }

    /// <summary>The size in bytes; a multiple of the page size.</summary>
    public ulong Size { get; }

    /// <summary>The first address after the region.</summary>
    public GuestAddress End => Start + Size;

    internal MappedMemory Mapping { get; }

    /// <summary>Whether all of [<paramref name="address"/>, <paramref name="address"/> + <paramref name="length"/>) is in the region: the one bounds check.</summary>
    public bool Contains(GuestAddress address, ulong length)
    {
        // GUEST-CONTROLLED: written so that neither addition can overflow.
        ulong offset = unchecked(address.Value - Start.Value);
        return offset <= Size && length <= Size - offset;
    }

    /// <summary>Lends bytes that <see cref="Contains"/> has found to be in the region.</summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    internal unsafe GuestSpan Lend(GuestAddress address, int length)
    {
        bool held = false;
        Mapping.DangerousAddRef(ref held);
        // SAFETY: the range lies in the mapping, which the reference keeps until the span is given back.
        return new GuestSpan(Mapping, new Span<byte>(Mapping.Pointer + (address.Value - Start.Value), length));
    }

    /// <summary>A region with fresh memory behind it.</summary>
    internal static GuestRegion Map(GuestAddress start, ulong size, GuestMemoryOptions options)
    {
        if (!options.HugePages) return new GuestRegion(start, size, MappedMemory.Anonymous(size));

        // A huge page of the host backs one of the guest only where both begin at the same distance from a boundary.
        MappedMemory mapping = MappedMemory.Anonymous(size, HugePages.Size, start.Value % HugePages.Size);
        try
        {
            mapping.AdviseHugePages();
            return new GuestRegion(start, size, mapping);
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Start}-{End})";
}
