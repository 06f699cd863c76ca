using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>An image file that is not on any disk. It outlives its disposal: whoever made it looks at it afterwards.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="bytes">What it contains.</param>
internal sealed class MemoryImageFile(string name, ImageBytes bytes) : IImageFile
{
    private const int HoleUnit = 4096;

    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool IsWritable => true;

    /// <inheritdoc/>
    public int BlockSize => 512;

    /// <inheritdoc/>
    public long Length
    {
        get
        {
            lock (_lock) return bytes.Length;
        }
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        lock (_lock) bytes.Read(offset, destination);
    }

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination)
    {
        byte[] read = new byte[destination.Length];
        Read(offset, read);
        destination.CopyFrom(read);
    }

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        Read(offset, destination);
        return true;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        lock (_lock) bytes.Write(offset, source);
    }

    /// <inheritdoc/>
    public void Write(long offset, IoVector source) => Write(offset, RecordingImageFile.BytesOf(source));

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        lock (_lock) bytes.SetLength(length);
    }

    /// <inheritdoc/>
    public void PunchHole(long offset, long length) => WriteZeroes(offset, length);

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length)
    {
        lock (_lock) bytes.Zero(offset, length);
    }

    /// <inheritdoc/>
    public long NextData(long offset) => Next(offset, isData: true);

    /// <inheritdoc/>
    public long NextHole(long offset) => Next(offset, isData: false);

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private long Next(long offset, bool isData)
    {
        lock (_lock)
        {
            while (offset < bytes.Length)
            {
                long end = Math.Min((offset / HoleUnit * HoleUnit) + HoleUnit, bytes.Length);
                if (bytes.Span[(int)(offset / HoleUnit * HoleUnit)..(int)end].ContainsAnyExcept((byte)0) == isData) return offset;
                offset = end;
            }

            return bytes.Length;
        }
    }
}
