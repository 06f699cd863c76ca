using KvmPS.Core.Devices;

namespace KvmPS.Core.Serial;

/// <summary>
/// The host's end of a serial line, from power-on to power-off: a log of what the guest sends, and a queue of what it is to receive.
/// <para>
/// A backlog for a UART is handed over in bursts of <see cref="BurstBytes"/>, with a pause after each that is as long as the guest took for the burst
/// (1 to 20 ms). An interrupt handler reads as long as there is input, and a line that is infinitely fast would keep it there until the
/// guest's own buffers overflow: Linux drops input when about 64 KiB wait for a program that gets no time to run. Half of the time is the guest's.
/// A device whose guest says how much it has room for needs none of this.
/// </para>
/// LOCK ORDER: the device's lock, then this one; the receiver is never called under it.
/// </summary>
public sealed class SerialPort : ISerialSink, ISerialSource, IDisposable
{
    /// <summary>How many bytes of a backlog the guest gets without a pause.</summary>
    public const int BurstBytes = 1024;

    /// <summary>How long those who end a machine, or start it again, wait for its log file: a disk may be slow, but not for ever.</summary>
    public static readonly TimeSpan FilePatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly object _lock = new(); // An object and not a Lock: writers wait on it.
    private readonly TimeProvider _time;
    private readonly PanicScanner? _panic;
    private readonly SerialInputQueue _input = new();
    private readonly ITimer _resume;
    private SerialFileSink? _file;
    private ISerialReceiver? _receiver;
    private long _burstBegan;
    private int _burstLeft = BurstBytes;
    private long _inputBytes;
    private int _connections;
    private bool _pausing;
    private (int Columns, int Rows) _window;
    private bool _completed;
    private bool _isPrograms; // written and read under the device's lock: what comes now is no kernel's

    /// <summary>A line to which no device is connected yet; input may be written already.</summary>
    /// <param name="time">The clock of time stamps and pauses.</param>
    /// <param name="options">The bounds of the log; the default ones when null.</param>
    /// <param name="panic">Also told of each byte; for the port that is the guest's console.</param>
    public SerialPort(TimeProvider time, SerialLogOptions? options = null, PanicScanner? panic = null)
    {
        _time = time;
        _panic = panic;
        Log = new SerialLog(time, options);
        _resume = time.CreateTimer(static port => ((SerialPort)port!).ResumeInput(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Its name in commands, such as <c>COM1</c> or <c>hvc0</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>What the guest finds at the other end.</summary>
    public SerialPortKind Kind { get; init; }

    /// <summary>What the guest sent.</summary>
    public SerialLog Log { get; }

    /// <summary>Why the log file is incomplete; null when all is well or there is none.</summary>
    public Exception? FileError => _file?.Error;

    /// <summary>Done when the log file holds all that it ever will: some time after <see cref="Complete"/>, or at once when there is none.</summary>
    public Task FileCompleted => _file?.Completed ?? Task.CompletedTask;

    /// <summary>How many bytes of input the device has not taken yet.</summary>
    public long PendingInputBytes
    {
        get
        {
            lock (_lock) return _input.Count;
        }
    }

    /// <summary>How many bytes of input were ever written.</summary>
    public long InputBytes
    {
        get
        {
            lock (_lock) return _inputBytes;
        }
    }

    /// <summary>How often a device was connected: once for each run of the guest.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connects the device that receives the input, in the place of one before it, and offers it what was written before.</summary>
    public void Connect(ISerialReceiver receiver)
    {
        Volatile.Write(ref _receiver, receiver);
        Interlocked.Increment(ref _connections);
        (int columns, int rows) window;
        lock (_lock) window = _window;
        if (window != default) receiver.WindowChanged(window.columns, window.rows);
        receiver.InputAvailable();
    }

    /// <summary>Tells the guest the size of the window in which a user sees what it sends, if the line can.</summary>
    public void SetWindow(int columns, int rows)
    {
        lock (_lock) _window = (columns, rows);
        Volatile.Read(ref _receiver)?.WindowChanged(columns, rows);
    }

    /// <summary>Copies what the guest sends to a file. To be called before the guest runs; the file is closed with this port.</summary>
    public void CopyTo(SerialFileSink file) => _file = file;

    /// <summary>Writes what the guest sent until now to the log file at once. Done when the file holds it, or never will; at once when there is no file.</summary>
    public Task FlushFile() => _file?.Flush() ?? Task.CompletedTask;

    /// <summary>Queues input for the guest, of any length, and returns at once.</summary>
    /// <returns>False after the machine's end: nobody will read it.</returns>
    public bool WriteInput(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_completed) return false;
            if (bytes.IsEmpty) return true;
            _input.Enqueue(bytes);
            _inputBytes += bytes.Length;
        }

        Volatile.Read(ref _receiver)?.InputAvailable();
        return true;
    }

    /// <summary>A copy of the input that the device has not taken yet: what there is to remember of the port itself.</summary>
    public byte[] CaptureInput()
    {
        lock (_lock) return _input.ToArray();
    }

    /// <summary>Replaces the input that the device has not taken yet. Offers it to nobody: call <see cref="ISerialReceiver.InputAvailable"/> when the machine is whole.</summary>
    public void RestoreInput(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _input.Clear();
            if (!_completed && !bytes.IsEmpty) _input.Enqueue(bytes);
            _burstLeft = BurstBytes;
            if (_input.Count == 0) Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until the device has taken all input.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time is over, or the machine ended, with input left.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitForInputDrained(TimeSpan timeout, CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(timeout);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static port => ((SerialPort)port!).WakeAll(), this);
        lock (_lock)
        {
            while (_input.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_completed || deadline.HasPassed) return false;
                Monitor.Wait(_lock, deadline.Remaining);
            }

            return true;
        }
    }

    /// <summary>The machine has ended: waits return, the log is complete, and the file will be soon (<see cref="FileCompleted"/>): this may be a vCPU's thread.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Monitor.PulseAll(_lock);
        }

        _resume.Dispose();
        _file?.Dispose();
        Log.Complete();
    }

    /// <summary>The same as <see cref="Complete"/>.</summary>
    public void Dispose() => Complete();

    /// <inheritdoc/>
    void ISerialSink.Write(byte value)
    {
        Log.Write(value);
        if (!_isPrograms) _panic?.Write(value);
        _file?.Write(value);
    }

    /// <inheritdoc/>
    void ISerialSink.Write(ReadOnlySpan<byte> bytes)
    {
        Log.Write(bytes);
        if (!_isPrograms) _panic?.Write(bytes);
        _file?.Write(bytes);
    }

    /// <inheritdoc/>
    void ISerialSink.PollingChanged(bool polls)
    {
        Log.PollingChanged(polls);
        _isPrograms = !polls;
    }

    /// <inheritdoc/>
    bool ISerialSource.HasInput
    {
        get
        {
            lock (_lock) return HasInputUnsynchronized;
        }
    }

    /// <inheritdoc/>
    int ISerialSource.Take(Span<byte> destination)
    {
        lock (_lock)
        {
            if (!HasInputUnsynchronized) return 0;
            if (Kind != SerialPortKind.Uart) return TakeAllUnsynchronized(destination);
            if (_burstLeft == BurstBytes) _burstBegan = _time.GetTimestamp();
            int taken = _input.Dequeue(destination[..Math.Min(destination.Length, _burstLeft)]);
            _burstLeft -= taken;
            if (_input.Count == 0)
            {
                _burstLeft = BurstBytes; // No backlog, no burst.
                Monitor.PulseAll(_lock);
            }
            else if (_burstLeft == 0)
            {
                PauseUnsynchronized();
            }

            return taken;
        }
    }

    private bool HasInputUnsynchronized => !_pausing && !_completed && _input.Count > 0;

    private int TakeAllUnsynchronized(Span<byte> destination)
    {
        int taken = _input.Dequeue(destination);
        if (_input.Count == 0) Monitor.PulseAll(_lock);
        return taken;
    }

    private void PauseUnsynchronized()
    {
        TimeSpan took = _time.GetElapsedTime(_burstBegan);
        _pausing = true;
        _burstLeft = BurstBytes;
        _resume.Change(took < ShortestPause ? ShortestPause : took > LongestPause ? LongestPause : took, Timeout.InfiniteTimeSpan);
    }

    private void ResumeInput()
    {
        lock (_lock) _pausing = false;
        Volatile.Read(ref _receiver)?.InputAvailable();
    }

    private void WakeAll()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }
}
