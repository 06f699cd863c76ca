namespace KvmPS.Core.Serial;

/// <summary>Finds a byte string in a stream, one byte at a time, wherever it begins (Knuth, Morris and Pratt).</summary>
internal sealed class BytePattern
{
    private readonly byte[] _pattern;
    private readonly int[] _fallback;
    private int _matched;

    public BytePattern(ReadOnlySpan<byte> pattern)
    {
        _pattern = pattern.ToArray();
        _fallback = new int[_pattern.Length + 1];
        _fallback[0] = -1;
        for (int i = 0, border = -1; i < _pattern.Length;)
        {
            while (border >= 0 && _pattern[i] != _pattern[border]) border = _fallback[border];
            _fallback[++i] = ++border;
        }
    }

    /// <summary>Whether nothing of it has come.</summary>
    public bool IsAtStart => _matched == 0;

    /// <summary>Forgets what has matched so far.</summary>
    public void Reset() => _matched = 0;

    /// <summary>Takes the next byte of the stream.</summary>
    /// <returns>Whether the pattern ends with it.</returns>
    public bool Next(byte value)
    {
        while (_matched >= 0 && _pattern[_matched] != value) _matched = _fallback[_matched];
        if (++_matched < _pattern.Length) return false;
        _matched = _fallback[_matched];
        return true;
    }
}
