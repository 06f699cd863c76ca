using KvmPS.Core.Serial;

namespace KvmPS.Core.Machine;

/// <summary>A machine's state has changed.</summary>
/// <param name="Previous">The state before.</param>
/// <param name="Current">The state after.</param>
/// <param name="Exit">How the run ended, when it has.</param>
public sealed record MachineStateChange(MachineState Previous, MachineState Current, MachineExit? Exit);

/// <summary>The events of one machine: state changes, console lines and readiness, told in the order in which they happened.</summary>
/// <remarks>LOCK ORDER: <see cref="_gate"/>, then a log's lock. The pump's is a leaf.</remarks>
public sealed class MachineEvents
{
    private readonly object _sender;
    private readonly Lock _gate = new();
    private readonly EventPump _pump = new();
    private EventHandler<SerialLine>? _serialLine;
    private SerialLog? _console; // guarded by _gate
    private volatile LineReader? _reader; // changed under _gate

    internal MachineEvents(object sender) => _sender = sender;

    /// <summary>The machine's state has changed.</summary>
    public event EventHandler<MachineStateChange>? StateChanged;

    /// <summary>The guest has said that it is ready.</summary>
    public event EventHandler<GuestReadiness>? GuestReady;

    /// <summary>
    /// A line of the console has ended, or the machine has in the midst of one. Who subscribes before the start gets every line; who subscribes later
    /// gets what comes from then on.
    /// </summary>
    public event EventHandler<SerialLine>? SerialLine
    {
        add
        {
            lock (_gate)
            {
                _serialLine += value;
                if (_reader is null && _console is { } console) ReadUnsynchronized(console, console.TotalBytes);
            }
        }

        remove
        {
            lock (_gate)
            {
                _serialLine -= value;
                if (_serialLine is not null || _reader is null) return;
                _reader.Stop();
                _reader = null;
            }
        }
    }

    /// <summary>What a subscriber let out last; null while all went well.</summary>
    public Exception? SubscriberFailure => _pump.Failure;

    /// <summary>A new console begins.</summary>
    internal void Begin(SerialLog console)
    {
        lock (_gate)
        {
            _console = console;
            _reader = null; // the old log is complete: its reader has a note of that and ends by itself
            if (_serialLine is not null) ReadUnsynchronized(console, 0);
        }
    }

    internal void PostStateChange(MachineStateChange change) => Post(() => _pump.Raise(StateChanged, _sender, change));

    internal void PostReadiness(GuestReadiness readiness) => Post(() => _pump.Raise(GuestReady, _sender, readiness));

    /// <summary>Lines that end from now on are told after this.</summary>
    private void Post(Action raise)
    {
        _reader?.CloseNote();
        _pump.Post(raise);
    }

    private void ReadUnsynchronized(SerialLog console, long position)
    {
        _reader = new LineReader(this, console, position);
        _reader.Start();
    }

    /// <summary>Reads one console, a note at a time.</summary>
    /// <remarks>LOCK ORDER: <see cref="_noteGate"/> comes after the log's lock, and before the pump's.</remarks>
    private sealed class LineReader(MachineEvents events, SerialLog log, long position)
    {
        private readonly SerialCursor _cursor = new(log, position);
        private readonly Lock _noteGate = new();
        private LineNote? _note; // on its way to be read, and open for more lines; guarded by _noteGate
        private volatile bool _stopped;

        public void Start()
        {
            log.LineEnded = Note;
            Note(); // lines may have ended before
        }

        /// <summary>Nobody listens any more. A note that is on its way is of no use to those who listen later.</summary>
        public void Stop()
        {
            log.LineEnded = null;
            _stopped = true;
        }

        /// <summary>Lines that end from now on get a note of their own, behind what is about to be posted.</summary>
        public void CloseNote()
        {
            lock (_noteGate) _note = null;
        }

        /// <summary>Under the log's lock. A fast guest ends many lines before the first note is read: one note does for all.</summary>
        private void Note()
        {
            long end = log.TotalBytes;
            lock (_noteGate)
            {
                if (_note is null)
                {
                    LineNote note = _note = new LineNote();
                    events._pump.Post(() => Read(note));
                }

                _note.End = end;
            }
        }

        private void Read(LineNote note)
        {
            long end;
            lock (_noteGate)
            {
                if (_note == note) _note = null;
                end = note.End;
            }

            bool isLast = log.IsCompleted;
            while (!_stopped && _cursor.Position < end && _cursor.TryReadLine(out SerialLine? line, evenIncomplete: isLast))
                events._pump.Raise(events._serialLine, events._sender, line);
        }
    }

    /// <summary>A note that lines have ended, up to a byte of the log.</summary>
    private sealed class LineNote
    {
        public long End;
    }
}
