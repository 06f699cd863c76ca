using System.Buffers;
using System.Text;

namespace KvmPS.Core.Serial;

/// <summary>
/// The stretch of a log that a <see cref="SerialMatcher"/> looks at: text with the log offset of each character, that grows at its end
/// and is cut at its beginning. CR LF is one LF here. A character whose last bytes have not come, and a CR that may yet become a CR LF, are
/// held back until they are complete or the log is.
/// </summary>
internal sealed class SerialWindow
{
    /// <summary>How far back a search may begin again, in characters.</summary>
    public const int LongOverlap = 64 << 10;

    private const int BlockBytes = 64 << 10;
    private const int ShortOverlap = 4 << 10;
    private const int Context = 1 << 10; // Kept before the search start, for ^ and lookbehind.

    private readonly SerialLog _log;
    private readonly long _origin;
    private readonly byte[] _bytes = new byte[BlockBytes + 4]; // The held-back bytes, then the new ones.
    private readonly StringBuilder _new = new();
    private readonly List<long> _offsets = []; // INVARIANT: _offsets[i] is the log offset of Text[i].
    private int _heldBack;

    /// <summary>An empty window.</summary>
    /// <param name="log">The log.</param>
    /// <param name="origin">The log offset from which a match may begin; a little before it is read as context.</param>
    public SerialWindow(SerialLog log, long origin)
    {
        _log = log;
        _origin = origin;
        End = Math.Max(0, origin - Context);
    }

    /// <summary>The log offset up to which bytes were taken.</summary>
    public long End { get; private set; }

    /// <summary>The text.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The index from which a match may begin.</summary>
    public int SearchStart { get; private set; }

    /// <summary>Whether a search may find something that the last one could not.</summary>
    public bool HasUnsearched { get; private set; }

    /// <summary>The log offset of a character, or of the end of the text.</summary>
    public long ByteOf(int index) => index < _offsets.Count ? _offsets[index] : End - _heldBack;

    /// <summary>Takes the next block of the log.</summary>
    /// <returns>Whether there was anything to take.</returns>
    public bool Fill()
    {
        bool final = _log.IsCompleted; // Asked first: after it no byte can come.
        long from = End;
        int count = _log.Read(ref from, _bytes.AsSpan(_heldBack, BlockBytes));
        if (count == 0 && !(final && _heldBack > 0)) return false;
        if (from > End) StartOver(count);
        else Cut();

        End = from + count;
        Decode(_bytes.AsSpan(0, _heldBack + count), final && count == 0);
        while (SearchStart < _offsets.Count && _offsets[SearchStart] < _origin) SearchStart++;
        HasUnsearched = true;
        return true;
    }

    /// <summary>The text was searched in vain: what cannot be the beginning of a match any more is let go.</summary>
    public void MarkSearched()
    {
        int line = Text.LastIndexOf('\n') + 1;
        int keep = Math.Max(Text.Length - LongOverlap, Math.Min(line, Text.Length - ShortOverlap));
        SearchStart = Math.Max(SearchStart, keep);
        HasUnsearched = false;
    }

    /// <summary>A match was taken: the next one begins at a character or after it.</summary>
    public void MoveTo(int index)
    {
        SearchStart = index;
        HasUnsearched = true;
    }

    private void Cut()
    {
        int cut = Math.Max(0, SearchStart - Context);
        Text = Text[cut..];
        _offsets.RemoveRange(0, cut);
        SearchStart -= cut;
    }

    /// <summary>Bytes were dropped before they were taken: the text on both sides of the gap does not belong together.</summary>
    private void StartOver(int count)
    {
        _bytes.AsSpan(_heldBack, count).CopyTo(_bytes);
        _offsets.Clear();
        (Text, _heldBack, SearchStart) = ("", 0, 0);
    }

    private void Decode(ReadOnlySpan<byte> bytes, bool final)
    {
        long start = End - bytes.Length;
        int at = 0;
        while (at < bytes.Length)
        {
            bool last = at + 1 == bytes.Length;
            if (bytes[at] == (byte)'\r' && (last ? !final : bytes[at + 1] == (byte)'\n'))
            {
                if (last) break;
                Append(new Rune('\n'), start + at);
                at += 2;
                continue;
            }

            OperationStatus status = Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out int consumed);
            if (status == OperationStatus.NeedMoreData && !final) break;
            Append(rune, start + at);
            at += consumed;
        }

        _heldBack = bytes.Length - at;
        bytes[at..].CopyTo(_bytes);
        Text += _new.ToString();
        _new.Clear();
    }

    private void Append(Rune rune, long offset)
    {
        Span<char> units = stackalloc char[2];
        units = units[..rune.EncodeToUtf16(units)];
        _new.Append(units);
        foreach (char _ in units) _offsets.Add(offset);
    }
}
