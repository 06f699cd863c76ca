using KvmPS.Core.Devices;

namespace KvmPS.Core.Serial;

/// <summary>
/// Copies every byte to a file, flushed at the end of each line. A file that fails stops the copying and nothing else: the error is kept
/// for whoever asks, since a full disk must not stop a guest.
/// </summary>
public sealed class SerialFileSink : ISerialSink, IDisposable
{
    private readonly Lock _lock = new(); // LOCK ORDER: a leaf.
    private readonly FileStream _file;
    private bool _closed;

    /// <summary>Creates the file, or empties it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public SerialFileSink(string path) =>
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 64 << 10);

    /// <summary>Why copying stopped; null while all is well.</summary>
    public Exception? Error { get; private set; }

    /// <inheritdoc/>
    public void Write(byte value) => Write([value]);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_closed) return;
            try
            {
                _file.Write(bytes);
                if (bytes.Contains((byte)'\n')) _file.Flush();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                Error = error;
                CloseUnsynchronized();
            }
        }
    }

    /// <summary>Writes what is buffered and closes the file.</summary>
    public void Dispose()
    {
        lock (_lock) CloseUnsynchronized();
    }

    private void CloseUnsynchronized()
    {
        if (_closed) return;
        _closed = true;
        try
        {
            _file.Dispose();
        }
        catch (IOException error)
        {
            Error ??= error; // The last flush failed.
        }
    }
}
