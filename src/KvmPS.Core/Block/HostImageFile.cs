using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>An image in a file or block device of the host.</summary>
public sealed class HostImageFile : IImageFile
{
    private const int ZeroesAtOnce = 1 << 20;

    private readonly DiskFile _file;

    /// <summary>Takes over an open file.</summary>
    public HostImageFile(DiskFile file) => _file = file;

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
    public void WriteZeroes(long offset, long length)
    {
        if (_file.TryZeroRange(offset, length)) return;
        using var zeroes = new IoBuffer((int)Math.Min(length, ZeroesAtOnce));
        using var vector = new IoVector(1);
        for (long done = 0; done < length; done += vector.Length)
        {
            vector.Clear();
            vector.Add(zeroes, 0, (int)Math.Min(zeroes.Length, length - done));
            _file.Write(offset + done, vector);
        }
    }

    /// <inheritdoc/>
    public long NextData(long offset) => _file.NextData(offset);

    /// <inheritdoc/>
    public long NextHole(long offset) => _file.NextHole(offset);

    /// <inheritdoc/>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
