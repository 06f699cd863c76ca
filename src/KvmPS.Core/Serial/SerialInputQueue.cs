namespace KvmPS.Core.Serial;

/// <summary>Bytes on their way to a guest, in blocks: a megabyte written at once is one copy. Not synchronized.</summary>
internal sealed class SerialInputQueue
{
    private const int SmallestBlock = 4096;

    private readonly Queue<byte[]> _blocks = new();
    private byte[] _last = [];
    private int _lastUsed;  // Bytes of the newest block that are filled.
    private int _firstRead; // Bytes of the oldest block that were taken.

    /// <summary>How many bytes are waiting.</summary>
    public long Count { get; private set; }

    /// <summary>A copy of the waiting bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Count];
        int copied = 0;
        int block = 0;
        foreach (byte[] source in _blocks)
        {
            int start = block == 0 ? _firstRead : 0;
            int end = ++block == _blocks.Count ? _lastUsed : source.Length;
            source.AsSpan(start, end - start).CopyTo(bytes.AsSpan(copied));
            copied += end - start;
        }

        return bytes;
    }

    /// <summary>Forgets all that waits.</summary>
    public void Clear()
    {
        _blocks.Clear();
        _firstRead = 0;
        Count = 0;
    }

    public void Enqueue(ReadOnlySpan<byte> bytes)
    {
        Count += bytes.Length;
        int fits = _blocks.Count == 0 ? 0 : Math.Min(bytes.Length, _last.Length - _lastUsed);
        bytes[..fits].CopyTo(_last.AsSpan(_lastUsed));
        _lastUsed += fits;
        bytes = bytes[fits..];
        if (bytes.IsEmpty) return;

        // INVARIANT: only the newest block is not full.
        _last = new byte[Math.Max(SmallestBlock, bytes.Length)];
        bytes.CopyTo(_last);
        _lastUsed = bytes.Length;
        _blocks.Enqueue(_last);
    }

    /// <summary>Takes the oldest bytes.</summary>
    /// <returns>How many.</returns>
    public int Dequeue(Span<byte> destination)
    {
        int taken = 0;
        while (taken < destination.Length && Count > 0)
        {
            byte[] block = _blocks.Peek();
            int filled = _blocks.Count == 1 ? _lastUsed : block.Length;
            int count = Math.Min(destination.Length - taken, filled - _firstRead);
            block.AsSpan(_firstRead, count).CopyTo(destination[taken..]);
            taken += count;
            Count -= count;
            _firstRead += count;
            if (_firstRead < filled) continue;
            _blocks.Dequeue();
            _firstRead = 0;
        }

        return taken;
    }
}
