namespace KvmPS.Core.Guest;

/// <summary>
/// Finds the answer to one command in what a console says: <c>word newline output word : exit-code newline</c>. What comes before the first word, such
/// as the echo of what was typed, is nobody's.
/// <para>
/// A terminal that writes CR LF for each LF (<c>onlcr</c>, the default) puts one CR before every LF and changes nothing else, so that taking one away
/// gives the output back exactly. The line end behind the first word tells whether it does.
/// </para>
/// </summary>
/// <param name="word">The word of this command.</param>
/// <param name="output">Receives the output as it comes.</param>
internal sealed class FrameReader(byte[] word, Stream output)
{
    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';

    private byte[] _pending = new byte[8 << 10];
    private int _start;
    private int _end;
    private bool _addsReturns;
    private bool _heldReturn;

    /// <summary>Whether the first word has come, so that the command was begun.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The exit code; null until the last word has come.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>How many bytes of output have come.</summary>
    public long OutputBytes { get; private set; }

    /// <summary>Takes the next bytes of the console. What comes behind the last word is not looked at.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        if (!HasBegun) FindBegin();
        if (HasBegun && ExitCode is null) FindEnd();
    }

    /// <summary>No more bytes come: what could have become the last word, and did not, is output. A word that is whole is not.</summary>
    public void GiveUp()
    {
        if (HasBegun && ExitCode is null && Pending.IndexOf(word) < 0) Deliver(Pending.Length);
    }

    private ReadOnlySpan<byte> Pending => _pending.AsSpan(_start, _end - _start);

    private void FindBegin()
    {
        HasBegun = Seek(out int at, out FrameMark mark);
        _addsReturns = mark.HasReturn;
        _start += at + mark.Length;
    }

    private void FindEnd()
    {
        bool isWhole = Seek(out int at, out FrameMark mark);
        Deliver(at);
        if (!isWhole) return;
        if (_heldReturn) Write([CarriageReturn]);
        _start += mark.Length;
        ExitCode = mark.ExitCode;
    }

    /// <summary>Looks for the next mark.</summary>
    /// <param name="at">Where it begins; else up to where there is none, and none can become one.</param>
    /// <param name="mark">The mark; empty without one.</param>
    private bool Seek(out int at, out FrameMark mark)
    {
        int? held = null;
        for (at = 0; Pending[at..].IndexOf(word[0]) is >= 0 and int next; at++)
        {
            at += next;
            mark = new FrameMark(Pending[at..]);
            Fit fit = HasBegun ? mark.ReadEnd(word) : mark.ReadBegin(word);
            if (fit == Fit.Whole) return true;
            if (fit == Fit.Maybe) held ??= at;
        }

        at = held ?? Pending.Length;
        mark = default;
        return false;
    }

    /// <summary>Gives the next bytes to the output.</summary>
    private void Deliver(int count)
    {
        ReadOnlySpan<byte> bytes = Pending[..count];
        _start += count;
        while (_addsReturns && !bytes.IsEmpty)
        {
            if (_heldReturn && bytes[0] != LineFeed) Write([CarriageReturn]);
            int at = bytes.IndexOf(CarriageReturn);
            _heldReturn = at >= 0;
            Write(at < 0 ? bytes : bytes[..at]);
            bytes = at < 0 ? [] : bytes[(at + 1)..];
        }

        Write(bytes);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        output.Write(bytes);
        OutputBytes += bytes.Length;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_end + bytes.Length > _pending.Length)
        {
            int kept = _end - _start;
            byte[] room = kept + bytes.Length > _pending.Length ? new byte[Math.Max(_pending.Length * 2, kept + bytes.Length)] : _pending;
            Pending.CopyTo(room);
            (_pending, _start, _end) = (room, 0, kept);
        }

        bytes.CopyTo(_pending.AsSpan(_end));
        _end += bytes.Length;
    }
}
