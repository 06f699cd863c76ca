using System.Globalization;
using System.Text;
using KvmPS.Core.Devices;

namespace KvmPS.Core.Serial;

/// <summary>
/// Every byte a guest sent from power-on to power-off, kept from the first: one writer, any number of readers, each with its own position. Past
/// its bound it drops from the middle and says so. A new start gets a new log, a reset does not.
/// <para>
/// Waiting costs the writer nothing while nobody waits. A reader is woken at once by the end of a line; by other bytes it is woken once and then lets
/// <see cref="Quiet"/> pass, so that a prompt without a newline is seen soon and a fast stream wakes nobody for each byte.
/// </para>
/// LOCK ORDER: a leaf. Nothing is called under this lock but the clock.
/// </summary>
public sealed class SerialLog : ISerialSink
{
    /// <summary>How long a reader lets bytes gather that do not end a line.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(5);

    private readonly object _lock = new(); // An object and not a Lock: readers wait on it.
    private readonly TimeProvider _time;
    private readonly SerialStore _store;
    private readonly LineClock _lines;
    private readonly PolledRanges _polled = new();
    private readonly long _epoch;
    private long? _firstByteTimestamp;
    private long? _runByteTimestamp; // of the first byte since BeginRun
    private long _runStart;
    private long _lastNewline = -1;
    private bool _atLineStart = true;
    private int _waitingForBytes;
    private int _waitingForLine;
    private bool _completed;
    private Action? _lineEnded;

    /// <summary>An empty log whose clock starts now.</summary>
    /// <param name="time">The clock of the time stamps.</param>
    /// <param name="options">The bounds; the default ones when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bounds make no sense.</exception>
    public SerialLog(TimeProvider time, SerialLogOptions? options = null)
    {
        options ??= SerialLogOptions.Default;
        _time = time;
        _epoch = time.GetTimestamp();
        _store = options.CreateStore();
        _lines = new LineClock(options.LineTimes);
    }

    /// <summary>How many bytes the guest sent, the dropped ones included.</summary>
    public long TotalBytes
    {
        get
        {
            lock (_lock) return _store.Total;
        }
    }

    /// <summary>How many bytes in the middle are no longer kept.</summary>
    public long DroppedBytes
    {
        get
        {
            lock (_lock) return _store.TailStart - _store.HeadEnd;
        }
    }

    /// <summary>Whether the machine has ended and no more bytes will come.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_lock) return _completed;
        }
    }

    /// <summary>The <see cref="TimeProvider.GetTimestamp"/> of the first byte, or null before it.</summary>
    public long? FirstByteTimestamp
    {
        get
        {
            lock (_lock) return _firstByteTimestamp;
        }
    }

    /// <summary>The same of the first byte since <see cref="BeginRun"/>.</summary>
    public long? RunByteTimestamp
    {
        get
        {
            lock (_lock) return _runByteTimestamp;
        }
    }

    /// <summary>The absolute offset where the present run of the machine began.</summary>
    public long RunStart
    {
        get
        {
            lock (_lock) return _runStart;
        }
    }

    /// <summary>
    /// Whether this run of the machine has sent anything by interrupts: what it sends by polling beside that is its kernel's. A small guest polls always.
    /// </summary>
    public bool IsDriven
    {
        get
        {
            lock (_lock) return _polled.IsDrivenSince(_runStart, _store.Total);
        }
    }

    /// <summary>From the log's creation to the first byte, or null before it.</summary>
    public TimeSpan? TimeToFirstByte => FirstByteTimestamp is { } first ? _time.GetElapsedTime(_epoch, first) : null;

    /// <summary>Called when a line has ended and when the log is complete: on the writer's thread, under the log's lock, so it only takes a note.</summary>
    public Action? LineEnded
    {
        get
        {
            lock (_lock) return _lineEnded;
        }

        set
        {
            lock (_lock) _lineEnded = value;
        }
    }

    /// <summary>All that is kept, as text, with a line in its place that says how much was dropped.</summary>
    public string Text => GetText(0, long.MaxValue);

    /// <inheritdoc/>
    public void Write(byte value)
    {
        lock (_lock)
        {
            if (_atLineStart) BeginLineUnsynchronized();
            _store.Append(value);
            if (value == (byte)'\n') EndLineUnsynchronized(_store.Total - 1);
            else if (_waitingForBytes > 0) Monitor.PulseAll(_lock);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            while (!bytes.IsEmpty)
            {
                if (_atLineStart) BeginLineUnsynchronized();
                int newline = bytes.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = newline < 0 ? bytes : bytes[..(newline + 1)];
                _store.Append(line);
                if (newline >= 0) EndLineUnsynchronized(_store.Total - 1);
                else if (_waitingForBytes > 0) Monitor.PulseAll(_lock);
                bytes = bytes[line.Length..];
            }
        }
    }

    /// <inheritdoc/>
    public void PollingChanged(bool polls)
    {
        lock (_lock) _polled.Change(polls, _store.Total);
    }

    /// <summary>The machine begins anew, and nobody writes meanwhile: what comes next is of another run, and its first line has a time of its own.</summary>
    public void BeginRun()
    {
        lock (_lock)
        {
            _runStart = _store.Total;
            _runByteTimestamp = null;
            _atLineStart = true;
        }
    }

    /// <summary>The machine has ended: all waits return. What was appended stays readable.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Monitor.PulseAll(_lock);
            _lineEnded?.Invoke();
        }
    }

    /// <summary>Copies kept bytes from the first one at or after a position. A read stops at the hole where bytes were dropped.</summary>
    /// <param name="position">An absolute offset; moved past dropped bytes to the first byte copied.</param>
    /// <param name="destination">Receives the bytes.</param>
    /// <returns>How many bytes were copied; 0 at the end of the log.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative.</exception>
    public int Read(ref long position, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        lock (_lock) return _store.Read(ref position, destination);
    }

    /// <summary>The same, of bytes of one kind.</summary>
    /// <param name="position">An absolute offset; moved past dropped bytes to the first byte copied.</param>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="isPolled">Whether they were sent by polling, as a Linux kernel does with what it says itself; never on a line that cannot tell.</param>
    /// <returns>How many bytes were copied; 0 at the end of the log.</returns>
    public int Read(ref long position, Span<byte> destination, out bool isPolled)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        lock (_lock)
        {
            isPolled = false;
            int count = _store.Read(ref position, destination);
            return count == 0 ? 0 : (int)Math.Min(count, _polled.EndOf(position, _store.Total, out isPolled) - position);
        }
    }

    /// <summary>The kept text between two positions, decoded as UTF-8; bytes that are none become U+FFFD.</summary>
    /// <param name="start">The absolute offset of the first byte.</param>
    /// <param name="end">The absolute offset behind the last byte; more than there are means up to the end.</param>
    public string GetText(long start, long end)
    {
        var text = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        byte[] bytes = new byte[16 << 10];
        char[] chars = new char[bytes.Length + 1];
        for (long position = start; position < end;)
        {
            long wanted = position;
            int count = Read(ref position, bytes.AsSpan(0, (int)Math.Min(bytes.Length, end - wanted)));
            if (position > wanted)
            {
                text.Append(chars, 0, decoder.GetChars([], chars, flush: true));
                text.Append(CultureInfo.InvariantCulture, $"\n[… {Math.Min(position, end) - wanted} bytes dropped …]\n");
                if (position >= end) return text.ToString();
                count = (int)Math.Min(count, end - position);
            }

            if (count == 0) break;
            text.Append(chars, 0, decoder.GetChars(bytes.AsSpan(0, count), chars, flush: false));
            position += count;
        }

        return text.Append(chars, 0, decoder.GetChars([], chars, flush: true)).ToString();
    }

    /// <summary>When the line of a byte began, counted from the log's creation; for old lines of a long log, when one shortly before it did.</summary>
    /// <returns>Null when there is no byte at or before the position.</returns>
    public TimeSpan? TimeOf(long position)
    {
        return TimestampOf(position) is { } timestamp ? _time.GetElapsedTime(_epoch, timestamp) : null;
    }

    /// <summary>The same as <see cref="TimeOf"/>, as a <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long? TimestampOf(long position)
    {
        lock (_lock) return _lines.TimestampOf(position);
    }

    /// <summary>The position where the last lines begin. An incomplete last line counts as one.</summary>
    /// <param name="lines">How many lines.</param>
    /// <returns>An absolute offset; when fewer lines are kept, the first byte of the newest part that has no hole.</returns>
    public long FindTail(int lines)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lines);
        lock (_lock)
        {
            long floor = _store.TailStart > _store.HeadEnd ? _store.TailStart : 0;
            if (lines == 0) return _store.Total;
            Span<byte> window = stackalloc byte[512];
            for (long end = _store.Total - 1; end > floor;) // The last byte may be the newline of the last line: it does not count.
            {
                long start = Math.Max(floor, end - window.Length);
                Span<byte> bytes = window[..(int)(end - start)];
                _store.Read(ref start, bytes);
                for (int i = bytes.Length - 1; i >= 0; i--)
                    if (bytes[i] == (byte)'\n' && --lines == 0) return start + i + 1;
                end = start;
            }

            return floor;
        }
    }

    /// <summary>Waits until there are bytes at or after a position.</summary>
    /// <param name="position">The reader's absolute offset.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>True when there are bytes to read; false when the time is over, or when the log is complete and read to its end.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitForMore(long position, TimeSpan timeout, CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(timeout);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static log => ((SerialLog)log!).WakeAll(), this);
        lock (_lock)
        {
            bool any = WaitUnsynchronized(ref _waitingForBytes, static (log, at) => log._store.Total > at, position, deadline, cancellation);
            if (!any) return false;
            Deadline quiet = Deadline.Earlier(deadline, Deadline.After(Quiet));
            WaitUnsynchronized(ref _waitingForLine, static (log, at) => log._lastNewline >= at, position, quiet, cancellation);
            return true;
        }
    }

    private bool WaitUnsynchronized(ref int waiters, Func<SerialLog, long, bool> done, long position, Deadline deadline, CancellationToken cancellation)
    {
        waiters++;
        try
        {
            while (!done(this, position))
            {
                cancellation.ThrowIfCancellationRequested();
                if (_completed || deadline.HasPassed) return false;
                Monitor.Wait(_lock, deadline.Remaining);
            }

            return true;
        }
        finally
        {
            waiters--;
        }
    }

    private void WakeAll()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }

    private void BeginLineUnsynchronized()
    {
        long now = _time.GetTimestamp();
        _firstByteTimestamp ??= now;
        _runByteTimestamp ??= now;
        _lines.Mark(_store.Total, now);
        _atLineStart = false;
    }

    private void EndLineUnsynchronized(long newline)
    {
        _lastNewline = newline;
        _atLineStart = true;
        _lineEnded?.Invoke();
        if (_waitingForBytes + _waitingForLine > 0) Monitor.PulseAll(_lock);
    }
}
