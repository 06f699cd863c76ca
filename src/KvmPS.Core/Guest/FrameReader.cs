using System.Buffers.Text;

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
    private const int LongestExitCode = 10;

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

    private ReadOnlySpan<byte> Pending => _pending.AsSpan(_start, _end - _start);

    private void FindBegin()
    {
        while (Pending.IndexOf(word) is >= 0 and int at)
        {
            ReadOnlySpan<byte> behind = Pending[(at + word.Length)..];
            int lineEnd = LineEnd(behind);
            if (lineEnd > 0)
            {
                _addsReturns = behind[0] == CarriageReturn;
                _start += at + word.Length + lineEnd;
                HasBegun = true;
                return;
            }

            if (lineEnd < 0) return; // the line end has not come
            _start += at + 1;
        }

        _start = Math.Max(_start, _end - word.Length + 1);
    }

    private void FindEnd()
    {
        while (Pending.IndexOf(word) is >= 0 and int at)
        {
            int length = EndLength(Pending[(at + word.Length)..], out int exitCode);
            Deliver(at);
            if (length < 0) return; // the rest has not come
            if (length > 0)
            {
                if (_heldReturn) Write([CarriageReturn]);
                _start += word.Length + length;
                ExitCode = exitCode;
                return;
            }

            Deliver(1);
        }

        Deliver(Pending.Length - BegunWord());
    }

    /// <summary>How many of the last bytes may be the beginning of the word.</summary>
    private int BegunWord()
    {
        int length = Math.Min(Pending.Length, word.Length - 1);
        while (!Pending.EndsWith(word.AsSpan(0, length))) length--;
        return length;
    }

    /// <summary>The length of <c>: exit-code newline</c>; 0 when it is something else, -1 when it may yet become one.</summary>
    private static int EndLength(ReadOnlySpan<byte> bytes, out int exitCode)
    {
        exitCode = 0;
        if (bytes.IsEmpty) return -1;
        if (bytes[0] != (byte)':') return 0;
        ReadOnlySpan<byte> number = bytes[1..];
        int digits = number.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0) return number.Length > LongestExitCode ? 0 : -1;
        if (!Utf8Parser.TryParse(number[..digits], out exitCode, out _)) return 0;
        int lineEnd = LineEnd(number[digits..]);
        return lineEnd <= 0 ? lineEnd : 1 + digits + lineEnd;
    }

    /// <summary>The length of LF or CR LF; 0 when it is neither, -1 when it may yet become one.</summary>
    private static int LineEnd(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [LineFeed, ..] => 1,
        [CarriageReturn, LineFeed, ..] => 2,
        [] or [CarriageReturn] => -1,
        _ => 0,
    };

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
