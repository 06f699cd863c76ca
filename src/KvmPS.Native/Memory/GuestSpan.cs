namespace KvmPS.Native;

/// <summary>
/// A lease of guest memory for one bulk operation: keeps the mapping alive until disposed.
/// The guest may write the same bytes at the same time: read a value once, check it, use the copy.
/// </summary>
public readonly ref struct GuestSpan
{
    private readonly MappedMemory _mapping;

    internal GuestSpan(MappedMemory mapping, Span<byte> span)
    {
        _mapping = mapping;
        Span = span;
    }

    /// <summary>The bytes, in host memory.</summary>
    public Span<byte> Span { get; }

    /// <summary>Gives the lease back.</summary>
    public void Dispose() => _mapping?.DangerousRelease();
}
