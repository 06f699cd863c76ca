using System.Collections.Concurrent;
using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>Buffers of one size that are used again and again, for bytes on their way between two backends. Safe for many threads at once.</summary>
internal sealed class BounceBuffers : IDisposable
{
    private readonly ConcurrentBag<Bounce> _free = [];
    private readonly int _size;

    /// <summary>No buffers yet.</summary>
    /// <param name="size">Bytes of each.</param>
    public BounceBuffers(int size) => _size = size;

    /// <summary>Lends a buffer; whoever has it gives it to <see cref="Return"/>, or disposes it.</summary>
    /// <exception cref="HostIOException">The host has no memory (ENOMEM).</exception>
    public Bounce Rent() => _free.TryTake(out Bounce? bounce) ? bounce : new Bounce(_size);

    /// <summary>Takes a buffer back.</summary>
    public void Return(Bounce bounce) => _free.Add(bounce);

    /// <summary>Frees the buffers that are not lent.</summary>
    public void Dispose()
    {
        while (_free.TryTake(out Bounce? bounce)) bounce.Dispose();
    }
}

/// <summary>A buffer with the vector that a backend wants.</summary>
internal sealed class Bounce : IDisposable
{
    private readonly IoBuffer _buffer;
    private readonly IoVector _vector = new(1);

    /// <summary>Zeroed memory.</summary>
    /// <exception cref="HostIOException">The host has no memory (ENOMEM).</exception>
    public Bounce(int size)
    {
        try
        {
            _buffer = new IoBuffer(size);
        }
        catch (KvmException e)
        {
            throw new HostIOException("mmap", "buffer", e.Errno);
        }
    }

    /// <summary>The bytes.</summary>
    public Span<byte> Span => _buffer.Span;

    /// <summary>A part of the buffer as a vector, until the next call.</summary>
    public IoVector Part(int offset, int length)
    {
        _vector.Clear();
        _vector.Add(_buffer, offset, length);
        return _vector;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vector.Dispose();
        _buffer.Dispose();
    }
}
