using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>An image in a file or block device of the host.</summary>
public sealed class HostImageFile : IImageFile
{
    private static readonly byte[] Zeroes = new byte[1 << 18];

    private readonly DiskFile _file;
    private readonly bool _isUnsafe;

    /// <summary>Takes over an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isUnsafe">Whether flushes do nothing, for disks whose loss does not matter.</param>
    public HostImageFile(DiskFile file, bool isUnsafe = false)
    {
        _file = file;
        _isUnsafe = isUnsafe;
    }

    /// <inheritdoc/>
    public string Name => _file.Path;

    /// <inheritdoc/>
    public bool IsWritable => _file.IsWritable;

    /// <inheritdoc/>
    public int BlockSize => _file.BlockSize;

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <summary>The file itself: what it is, how much of it is allocated, its lock.</summary>
    public DiskFile File => _file;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) => _file.Read(offset, destination);

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination) => _file.Read(offset, destination);

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination) => _file.TryReadCached(offset, destination);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source) => _file.Write(offset, source);

    /// <inheritdoc/>
    public void Write(long offset, IoVector source) => _file.Write(offset, source);

    /// <inheritdoc/>
    public void SetLength(long length) => _file.SetLength(length);

    /// <inheritdoc/>
    public void PunchHole(long offset, long length)
    {
        if (!_file.TryPunchHole(offset, length)) WriteZeroes(offset, length);
    }

    /// <inheritdoc/>
    public void Discard(long offset, long length) => _file.TryPunchHole(offset, length);

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length)
    {
        if (_file.TryZeroRange(offset, length)) return;
        length = Math.Min(length, _file.Length - offset); // past the end are zeroes already, and the end stays where it is
        while (length > 0)
        {
            int now = (int)Math.Min(length, Zeroes.Length);
            _file.Write(offset, Zeroes.AsSpan(0, now));
            offset += now;
            length -= now;
        }
    }

    /// <inheritdoc/>
    public long NextData(long offset) => _file.NextData(offset);

    /// <inheritdoc/>
    public long NextHole(long offset) => _file.NextHole(offset);

    /// <inheritdoc/>
    public void Flush()
    {
        if (!_isUnsafe) _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
