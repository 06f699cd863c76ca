namespace KvmPS.Native;

/// <summary>Read-only memory of one machine: the guest's writes to it become MMIO exits, and change nothing.</summary>
public sealed class GuestRom : IDisposable
{
    /// <summary>Maps memory and fills it.</summary>
    /// <param name="start">Where the guest sees it; a multiple of the page size.</param>
    /// <param name="contents">The bytes; a whole number of pages.</param>
    /// <exception cref="ArgumentOutOfRangeException">Address or size are not whole pages, or the size is zero.</exception>
    /// <exception cref="KvmException">The host cannot map that much.</exception>
    public unsafe GuestRom(GuestAddress start, ReadOnlySpan<byte> contents)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(start.Value % GuestMemory.PageSize, 0ul, nameof(start));
        ArgumentOutOfRangeException.ThrowIfZero(contents.Length, nameof(contents));
        ArgumentOutOfRangeException.ThrowIfNotEqual(contents.Length % GuestMemory.PageSize, 0, nameof(contents));
        Start = start;
        Size = (ulong)contents.Length;
        Mapping = MappedMemory.Anonymous(Size);
        // SAFETY: the mapping was just made, is as long as the contents, and nobody else knows it yet.
        contents.CopyTo(new Span<byte>(Mapping.Pointer, contents.Length));
    }

    /// <summary>Where the guest sees it.</summary>
    public GuestAddress Start { get; }

    /// <summary>Bytes.</summary>
    public ulong Size { get; }

    internal MappedMemory Mapping { get; }

    /// <summary>Unmaps it as soon as no machine has it in its slots.</summary>
    public void Dispose() => Mapping.Dispose();
}
