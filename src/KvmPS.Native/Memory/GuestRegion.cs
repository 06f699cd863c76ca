namespace KvmPS.Native;

/// <summary>One contiguous range of guest RAM, backed by one host mapping and mapped by one KVM memory slot.</summary>
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
