using System.Text;

namespace KvmPS.Core.Serial;

/// <summary>One line of a log.</summary>
/// <param name="Position">The absolute offset of its first byte.</param>
/// <param name="Time">When it began, counted from the log's creation.</param>
/// <param name="Text">The line without its end (LF or CR LF).</param>
/// <param name="IsComplete">Whether its end has come; not so for a prompt, nor for the pieces of a line longer than 64 KiB.</param>
public sealed record SerialLine(long Position, TimeSpan Time, string Text, bool IsComplete);

/// <summary>A reader's own position in a log. Cursors do not disturb each other; one cursor is for one thread at a time.</summary>
/// <param name="log">The log.</param>
/// <param name="position">Where to begin: an absolute offset.</param>
public sealed class SerialCursor(SerialLog log, long position = 0)
{
    private const int BlockBytes = 4096;
    private const int LongestLine = 64 << 10; // GUEST-CONTROLLED: a guest may never end a line.

    private readonly MemoryStream _line = new();
    private readonly byte[] _block = new byte[BlockBytes];
    private int _blockStart;
    private int _blockEnd;
    private long _next = position;

    /// <summary>The absolute offset of the next byte that a caller has not seen.</summary>
    public long Position { get; private set; } = position;

    /// <summary>How many bytes were dropped from the log before this cursor came to them.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>Reads the next bytes. Bytes of a line begun with <see cref="TryReadLine"/> come first.</summary>
    /// <returns>How many; 0 when there are none at present.</returns>
    public int Read(Span<byte> destination) => Read(destination, out _, ofOneKind: false);

    /// <summary>The same, of bytes of one kind.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="isPolled">Whether they were sent by polling, as a Linux kernel does with what it says itself.</param>
    public int Read(Span<byte> destination, out bool isPolled) => Read(destination, out isPolled, ofOneKind: true);

    private int Read(Span<byte> destination, out bool isPolled, bool ofOneKind)
    {
        RewindToSeen();
        isPolled = false;
        int count = ofOneKind ? log.Read(ref _next, destination, out isPolled) : log.Read(ref _next, destination);
        DroppedBytes += _next - Position;
        Position = _next += count;
        return count;
    }

    /// <summary>Reads the next line, if its end has come.</summary>
    /// <param name="line">The line; null when there is none at present.</param>
    /// <param name="evenIncomplete">Also give a last line that has no end yet, such as a prompt; its rest is a line of its own then.</param>
    public bool TryReadLine([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SerialLine? line, bool evenIncomplete = false)
    {
        while (true)
        {
            if (_blockStart == _blockEnd && !Fill()) break;
            ReadOnlySpan<byte> rest = _block.AsSpan(_blockStart, _blockEnd - _blockStart);
            int newline = rest.IndexOf((byte)'\n');
            int taken = newline < 0 ? rest.Length : newline + 1;
            _line.Write(rest[..taken]);
            _blockStart += taken;
            if (newline < 0 && _line.Length < LongestLine) continue;
            line = TakeLine(complete: newline >= 0);
            return true;
        }

        line = evenIncomplete && _line.Length > 0 ? TakeLine(complete: false) : null;
        return line is not null;
    }

    /// <summary>Waits as <see cref="SerialLog.WaitForMore"/> does, for bytes that this cursor has not looked at.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitForMore(TimeSpan timeout, CancellationToken cancellation) =>
        _blockStart < _blockEnd || log.WaitForMore(_next, timeout, cancellation);

    private bool Fill()
    {
        long wanted = _next;
        int count = log.Read(ref _next, _block);
        long dropped = _next - wanted;
        if (dropped > 0)
        {
            // The rest of a begun line is lost with what was dropped: its beginning is lost too.
            DroppedBytes += dropped + _line.Length;
            _line.SetLength(0);
            Position = _next;
        }

        (_blockStart, _blockEnd) = (0, count);
        _next += count;
        return count > 0;
    }

    private SerialLine TakeLine(bool complete)
    {
        ReadOnlySpan<byte> bytes = _line.GetBuffer().AsSpan(0, (int)_line.Length);
        ReadOnlySpan<byte> text = complete ? bytes[..^1] : bytes;
        if (complete && text.EndsWith("\r"u8)) text = text[..^1];
        var line = new SerialLine(Position, log.TimeOf(Position) ?? TimeSpan.Zero, Encoding.UTF8.GetString(text), complete);
        Position += bytes.Length;
        _line.SetLength(0);
        return line;
    }

    private void RewindToSeen()
    {
        _line.SetLength(0);
        (_blockStart, _blockEnd) = (0, 0);
        _next = Position;
    }
}
