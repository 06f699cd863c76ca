using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>
/// An image file that knows what of it a loss of power would leave for sure: the bytes at the last completed flush, and the changes since, in
/// their order. What a flush made certain is folded into those bytes, so that the record is never longer than from one flush to the next.
/// </summary>
internal sealed class RecordingImageFile : IImageFile
{
    private readonly IImageFile _file;
    private readonly Lock _lock = new(); // held while the file changes, so that record and file have one order
    private readonly List<HostChange> _pending = [];
    private readonly ImageBytes _stable = new();

    /// <summary>Records what happens to a file, which is certain as it is now.</summary>
    public RecordingImageFile(IImageFile file)
    {
        _file = file;
        byte[] content = new byte[file.Length];
        file.Read(0, content);
        _stable.Write(0, content);
    }

    /// <summary>Called after each change, on the thread that makes it; nothing changes meanwhile.</summary>
    public Action<RecordingImageFile>? Changed { get; set; }

    /// <summary>Called before each flush, on the thread that makes it; nothing changes meanwhile.</summary>
    public Action<RecordingImageFile>? Flushing { get; set; }

    /// <summary>How many changes there were.</summary>
    public long Changes { get; private set; }

    /// <summary>How many flushes there were.</summary>
    public long Flushes { get; private set; }

    /// <summary>The bytes that are certain. Only inside a callback, or when nobody changes the file.</summary>
    public ImageBytes Stable => _stable;

    /// <summary>The changes that are not certain, in their order. Only inside a callback, or when nobody changes the file.</summary>
    public IReadOnlyList<HostChange> Pending => _pending;

    /// <inheritdoc/>
    public string Name => _file.Name;

    /// <inheritdoc/>
    public bool IsWritable => _file.IsWritable;

    /// <inheritdoc/>
    public int BlockSize => _file.BlockSize;

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <summary>The bytes of a vector.</summary>
    public static byte[] BytesOf(IoVector source)
    {
        byte[] bytes = new byte[source.Length];
        source.CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) => _file.Read(offset, destination);

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination) => _file.Read(offset, destination);

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination) => _file.TryReadAtOnce(offset, destination);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return;
        lock (_lock)
        {
            bool grows = offset + source.Length > _file.Length;
            _file.Write(offset, source);
            Record(HostChangeKind.Write, offset, source.Length, source.ToArray(), grows);
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, IoVector source) => Write(offset, BytesOf(source));

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        lock (_lock)
        {
            _file.SetLength(length);
            Record(HostChangeKind.SetLength, length, 0, [], grows: false);
        }
    }

    /// <inheritdoc/>
    public void PunchHole(long offset, long length)
    {
        if (length == 0) return;
        lock (_lock)
        {
            _file.PunchHole(offset, length);
            Record(HostChangeKind.Zero, offset, length, [], grows: false);
        }
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length)
    {
        if (length == 0) return;
        lock (_lock)
        {
            _file.WriteZeroes(offset, length);
            Record(HostChangeKind.Zero, offset, length, [], grows: false);
        }
    }

    /// <inheritdoc/>
    public long NextData(long offset) => _file.NextData(offset);

    /// <inheritdoc/>
    public long NextHole(long offset) => _file.NextHole(offset);

    /// <inheritdoc/>
    public void Flush()
    {
        lock (_lock)
        {
            Flushing?.Invoke(this);
            _file.Flush();
            foreach (HostChange change in _pending) change.ApplyTo(_stable);
            _pending.Clear();
            Flushes++;
        }
    }

    /// <summary>Leaves the file to whoever made it: what is recorded of it is looked at when its image is closed.</summary>
    public void Dispose()
    {
    }

    private void Record(HostChangeKind kind, long offset, long length, byte[] bytes, bool grows)
    {
        _pending.Add(new HostChange(Changes++, kind, offset, length, bytes, grows));
        Changed?.Invoke(this);
    }
}
