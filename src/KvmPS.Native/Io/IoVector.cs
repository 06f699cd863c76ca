using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// Pieces of guest and host memory, in order, that one call reads into or writes from. It is made to be used again and again: after the first
/// requests, filling it allocates nothing. Every piece was checked when it was added, and its memory is held until <see cref="Clear"/>.
/// </summary>
/// <remarks>For one thread at a time. The guest may change its memory during the call, which is its own affair: nothing here depends on the bytes.</remarks>
public sealed unsafe class IoVector : IDisposable
{
    private const uint LongestPiece = 1u << 30; // a span has no more than 2^31 - 1 bytes: longer ones are split

    private readonly List<MappedMemory> _held = []; // each mapping that has pieces here, with one reference
    private iovec[] _pieces;
    private int _count;

    /// <summary>An empty vector.</summary>
    /// <param name="capacity">How many pieces it has room for before it grows.</param>
    public IoVector(int capacity = 16) => _pieces = new iovec[Math.Max(1, capacity)];

    /// <summary>The sum of the pieces, in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>How many pieces there are.</summary>
    public int Count => _count;

    /// <summary>The pieces for a system call.</summary>
    internal ReadOnlySpan<iovec> Pieces => _pieces.AsSpan(0, _count);

    /// <summary>Lets go of all pieces.</summary>
    public void Clear()
    {
        foreach (MappedMemory memory in _held) memory.DangerousRelease();
        _held.Clear();
        _count = 0;
        Length = 0;
    }

    /// <summary>Adds guest memory; false when the range is not all RAM of one region. GUEST-CONTROLLED: address and length.</summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public bool TryAdd(GuestMemory memory, GuestAddress address, uint length)
    {
        if (!memory.TryLend(address, length, out MappedMemory? mapping, out nuint offset)) return false;
        // SAFETY: TryLend proved the range to lie in the mapping, and took a reference on it that this vector keeps or gives back.
        Add(mapping, mapping.Pointer + offset, length);
        return true;
    }

    /// <summary>Adds a part of a buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public void Add(IoBuffer buffer, int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, buffer.Length - offset);
        bool held = false;
        buffer.Memory.DangerousAddRef(ref held);
        // SAFETY: the part lies in the mapping, on which the reference was taken just now.
        Add(buffer.Memory, buffer.Memory.Pointer + offset, (nuint)length);
    }

    /// <summary>Adds a part of another vector, whose memory is held once more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside.</exception>
    public void Add(IoVector other, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, other.Length - offset);
        if (length == 0) return;
        foreach (MappedMemory memory in other._held)
        {
            if (_held.Contains(memory)) continue;
            bool held = false;
            memory.DangerousAddRef(ref held);
            _held.Add(memory);
        }

        for (int i = 0; length > 0; i++)
        {
            iovec piece = other._pieces[i];
            if (offset >= (long)piece.iov_len)
            {
                offset -= (long)piece.iov_len;
                continue;
            }

            long taken = Math.Min(length, (long)piece.iov_len - offset);
            // SAFETY: a part of a piece that was proven, in a mapping on which this vector has a reference of its own.
            Append(new iovec { iov_base = (byte*)piece.iov_base + offset, iov_len = (nuint)taken });
            length -= taken;
            offset = 0;
        }
    }

    /// <summary>Copies bytes into the pieces, from a distance on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public void CopyFrom(ReadOnlySpan<byte> source, long offset = 0)
    {
        CheckInside(offset, source.Length);
        for (int i = 0; !source.IsEmpty; i++)
        {
            Span<byte> piece = PieceFrom(i, ref offset);
            int taken = Math.Min(piece.Length, source.Length);
            source[..taken].CopyTo(piece);
            source = source[taken..];
        }
    }

    /// <summary>Copies bytes out of the pieces, from a distance on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many.</exception>
    public void CopyTo(Span<byte> destination, long offset = 0)
    {
        CheckInside(offset, destination.Length);
        for (int i = 0; !destination.IsEmpty; i++)
        {
            Span<byte> piece = PieceFrom(i, ref offset);
            int taken = Math.Min(piece.Length, destination.Length);
            piece[..taken].CopyTo(destination);
            destination = destination[taken..];
        }
    }

    /// <summary>Fills a part with zeroes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside.</exception>
    public void Zero(long offset, long length)
    {
        CheckInside(offset, length);
        for (int i = 0; length > 0; i++)
        {
            Span<byte> piece = PieceFrom(i, ref offset);
            int taken = (int)Math.Min(piece.Length, length);
            piece[..taken].Clear();
            length -= taken;
        }
    }

    /// <summary>Whether all pieces begin and end at multiples of a power of two, as direct I/O wants them.</summary>
    public bool IsAligned(int alignment)
    {
        foreach (iovec piece in Pieces)
        {
            if ((((nuint)piece.iov_base | piece.iov_len) & (nuint)(alignment - 1)) != 0) return false;
        }

        return true;
    }

    /// <summary>Lets go of all pieces for good.</summary>
    public void Dispose() => Clear();

    private void Add(MappedMemory memory, byte* start, nuint length)
    {
        if (_held.Contains(memory)) memory.DangerousRelease();
        else _held.Add(memory);
        for (; length > 0; start += Math.Min(length, LongestPiece), length -= Math.Min(length, LongestPiece))
            Append(new iovec { iov_base = start, iov_len = Math.Min(length, LongestPiece) });
    }

    private void Append(iovec piece)
    {
        if (_count == _pieces.Length) Array.Resize(ref _pieces, _count * 2);
        _pieces[_count++] = piece;
        Length += (long)piece.iov_len;
    }

    private void CheckInside(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
    }

    /// <summary>What of a piece lies at or after a distance from the vector's start, which is made relative to the next piece.</summary>
    private Span<byte> PieceFrom(int index, ref long offset)
    {
        iovec piece = _pieces[index];
        long skipped = Math.Min(offset, (long)piece.iov_len);
        offset -= skipped;
        // SAFETY: a part of a piece that was proven when it was added; its mapping is held.
        return new Span<byte>((byte*)piece.iov_base + skipped, (int)((long)piece.iov_len - skipped));
    }
}
