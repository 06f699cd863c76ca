namespace KvmPS.Core.Serial;

/// <summary>
/// The bytes of a serial log: all of the first megabyte, then the newest ones up to a bound. Memory grows in chunks as bytes come, the first
/// chunk from small beginnings, since many machines say little. When the bound is reached the oldest chunk behind the head is used again. Not synchronized.
/// </summary>
/// <param name="bound">How many bytes are kept at most; a multiple of <paramref name="chunkSize"/>.</param>
/// <param name="head">How many bytes from the first are kept for ever; a multiple of <paramref name="chunkSize"/>.</param>
/// <param name="chunkSize">Bytes per chunk.</param>
internal sealed class SerialStore(int bound, int head, int chunkSize)
{
    private const int FirstBytes = 1 << 10;
    private const int Growth = 4; // of the first chunk, each time

    private readonly List<byte[]> _head = [];
    private readonly List<byte[]> _tail = []; // A ring once it is full: chunk n lies at n % _tailChunks.
    private readonly int _tailChunks = (bound - head) / chunkSize;
    private byte[] _current = [];
    private int _used;

    /// <summary>All bytes ever appended.</summary>
    public long Total { get; private set; }

    /// <summary>The end of the part kept from the first byte on.</summary>
    public long HeadEnd => Math.Min(Total, head);

    /// <summary>The first byte kept behind the head; equal to <see cref="HeadEnd"/> while nothing was dropped.</summary>
    public long TailStart
    {
        get
        {
            if (Total <= head) return HeadEnd;
            long chunks = (Total - head + chunkSize - 1) / chunkSize;
            return head + Math.Max(0, chunks - _tailChunks) * chunkSize;
        }
    }

    public void Append(byte value)
    {
        if (_used == _current.Length) NextChunk();
        _current[_used++] = value;
        Total++;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == _current.Length) NextChunk();
            int count = Math.Min(bytes.Length, _current.Length - _used);
            bytes[..count].CopyTo(_current.AsSpan(_used));
            _used += count;
            Total += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Copies kept bytes from the first one at or after a position.</summary>
    /// <param name="position">An absolute offset; moved to the first byte copied when those before it were dropped.</param>
    /// <param name="destination">Receives the bytes.</param>
    /// <returns>How many were copied.</returns>
    public int Read(ref long position, Span<byte> destination)
    {
        int copied = 0;
        if (position >= HeadEnd && position < TailStart) position = TailStart;
        for (long at = position; at < Total && copied < destination.Length;)
        {
            if (at >= HeadEnd && at < TailStart) break; // A hole: what comes after it is another read.
            int into = (int)(at % chunkSize);
            int count = (int)Math.Min(Math.Min(chunkSize - into, Total - at), destination.Length - copied);
            ChunkOf(at).AsSpan(into, count).CopyTo(destination[copied..]);
            copied += count;
            at += count;
        }

        return copied;
    }

    private byte[] ChunkOf(long position)
    {
        if (position < head) return _head[(int)(position / chunkSize)];
        return _tail[(int)((position - head) / chunkSize % _tailChunks)];
    }

    private void NextChunk()
    {
        if (_used < chunkSize && _head.Count > 0)
        {
            Array.Resize(ref _current, Math.Min(chunkSize, _used * Growth));
            _head[0] = _current;
            return;
        }

        _used = 0;
        if (Total < head)
        {
            _current = new byte[_head.Count == 0 ? Math.Min(chunkSize, FirstBytes) : chunkSize];
            _head.Add(_current);
        }
        else if (_tail.Count < _tailChunks)
        {
            _current = new byte[chunkSize];
            _tail.Add(_current);
        }
        else
        {
            _current = ChunkOf(Total);
        }
    }
}
