namespace KvmPS.Native;

/// <summary>Memory of the host that the kernel can read and write in one vectored call beside a guest's: for metadata, copies and zeroes.</summary>
/// <remarks>It begins at a page, which suits direct I/O on every device.</remarks>
public sealed unsafe class IoBuffer : IDisposable
{
    private readonly MappedMemory _memory;
    private volatile bool _disposed; // a vector may hold the memory for longer: the buffer's own ends here

    /// <summary>Zeroed memory.</summary>
    /// <param name="length">Bytes, at least one.</param>
    /// <exception cref="KvmException">ENOMEM: the host has not that much address space.</exception>
    public IoBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        _memory = MappedMemory.Anonymous((ulong)length);
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    internal MappedMemory Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _memory;
        }
    }

    /// <summary>The bytes. The buffer's owner does not dispose it while it uses them.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // SAFETY: the mapping has as many bytes, and its one owner keeps it while it has the span.
            return new Span<byte>(_memory.Pointer, Length);
        }
    }

    /// <summary>Unmaps the memory as soon as no vector has it.</summary>
    public void Dispose()
    {
        _disposed = true;
        _memory.Dispose();
    }
}
