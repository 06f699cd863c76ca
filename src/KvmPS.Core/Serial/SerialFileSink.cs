using System.Buffers;
using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Serial;

/// <summary>
/// Copies every byte to a file, a few milliseconds after it came. Writes only append to memory: a worker of the thread pool, which is there
/// while there is something to do, writes the file, so that a vCPU never waits for a disk.
/// <para>
/// A file that fails stops the copying and nothing else: the error is kept for whoever asks, since a full disk must not stop a guest.
/// GUEST-CONTROLLED: so does a guest that is <see cref="MostPendingBytes"/> ahead of the disk.
/// </para>
/// </summary>
public sealed class SerialFileSink : ISerialSink, IDisposable
{
    /// <summary>How many bytes may wait for the disk.</summary>
    public const int MostPendingBytes = 64 << 20;

    private const int KeptCapacity = 1 << 20; // A burst must not hold its memory for the rest of the run, nor after it.

    /// <summary>How long bytes gather, so that the disk is not called for each one.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new(); // LOCK ORDER: a leaf, never held while the file is written.
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stream _file;
    private readonly Timer _worker;
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _writing = new(); // The worker's own.
    private TaskCompletionSource? _flushed; // Somebody waits for what came until now.
    private int _takesToFlush; // How often the worker has yet to look for bytes until that is written.
    private Exception? _error;
    private bool _scheduled;
    private bool _working;
    private bool _ended;

    /// <summary>Creates the file, or empties it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="IOException">The file cannot be created, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public SerialFileSink(string path)
        : this(Open(path))
    {
    }

    /// <summary>Copies to a stream, which is closed at the end.</summary>
    internal SerialFileSink(Stream file)
    {
        _file = file;
        _worker = new Timer(static sink => ((SerialFileSink)sink!).Work(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why copying stopped; null while all is well.</summary>
    public Exception? Error
    {
        get { lock (_lock) return _error; }
    }

    /// <summary>Done when the file is closed: after <see cref="Dispose"/> and the last byte, or after an error.</summary>
    public Task Completed => _completed.Task;

    /// <inheritdoc/>
    public void Write(byte value) => Write([value]);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_ended) return;
            if (bytes.Length > MostPendingBytes - _pending.WrittenCount)
            {
                _error = new IOException($"The disk is slower than the guest: {_pending.WrittenCount >> 20} MiB wait to be written.");
                EndUnsynchronized();
                return;
            }

            _pending.Write(bytes);
            if (_scheduled) return;
            _scheduled = true;
            _worker.Change(Gathering, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes what came until now at once. Done when the file holds it, or never will.</summary>
    public Task Flush()
    {
        lock (_lock)
        {
            if (_ended) return Completed;
            if (!_scheduled) return Task.CompletedTask;
            _flushed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _takesToFlush = 2; // It takes the bytes, and comes back when they are written.
            if (!_working) _worker.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            return _flushed.Task;
        }
    }

    /// <summary>No more bytes come. Returns at once; the file is complete with <see cref="Completed"/>.</summary>
    public void Dispose()
    {
        lock (_lock) EndUnsynchronized();
    }

    private static FileStream Open(string path)
    {
        SpecialFile.Refuse(path);
        return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    private void EndUnsynchronized()
    {
        if (_ended) return;
        _ended = _scheduled = true;
        _worker.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Writes until nothing is left, and closes the file when nothing more comes.</summary>
    private void Work()
    {
        lock (_lock)
        {
            if (_working) return; // The end was announced while bytes were written: that worker sees it.
            _working = true;
        }

        try
        {
            while (TakePending() is { } bytes)
            {
                if (bytes.IsEmpty)
                {
                    Close(null);
                    return;
                }

                _file.Write(bytes.Span);
            }
        }
        catch (Exception error) // Whatever it is, this thread has nobody to throw it to: it is kept for those who ask.
        {
            Close(error);
        }
    }

    /// <summary>What came since the last call; empty at the end; null when there is nothing to do at present.</summary>
    private ReadOnlyMemory<byte>? TakePending()
    {
        lock (_lock)
        {
            (_pending, _writing) = (_writing, _pending);
            _pending.ResetWrittenCount();
            if (_flushed is not null && --_takesToFlush == 0) EndFlushUnsynchronized();
            if (_writing.WrittenCount > 0 || _ended) return _writing.WrittenMemory;
            _scheduled = _working = false;
            if (_pending.Capacity + _writing.Capacity > KeptCapacity) FreeBuffersUnsynchronized();
            return null;
        }
    }

    /// <summary>Closes the file for good; <see cref="_working"/> stays set, so that no worker comes after this one.</summary>
    private void Close(Exception? error)
    {
        try
        {
            _file.Dispose();
        }
        catch (Exception late)
        {
            error ??= late;
        }

        lock (_lock)
        {
            _error ??= error;
            _ended = true;
            EndFlushUnsynchronized();
            FreeBuffersUnsynchronized();
        }

        _worker.Dispose();
        _completed.SetResult();
    }

    private void EndFlushUnsynchronized()
    {
        _flushed?.SetResult();
        _flushed = null;
    }

    private void FreeBuffersUnsynchronized() => (_pending, _writing) = (new(), new());
}
