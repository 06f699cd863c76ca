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

    /// <inheritdoc/>
    public override string ToString() => $"[{Start}-{End})";
}
