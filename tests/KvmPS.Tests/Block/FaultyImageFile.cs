using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Tests.Block;

/// <summary>A file that fails with an error number as long as one is set.</summary>
internal sealed class FaultyImageFile(IImageFile inner) : IImageFile
{
    public int Errno { get; set; }

    /// <summary>Of flushes alone.</summary>
    public int FlushErrno { get; set; }

    public int Flushes { get; private set; }

    public bool IsDisposed { get; private set; }

    public string Name => inner.Name;

    public bool IsWritable => inner.IsWritable;

    public int BlockSize => inner.BlockSize;

    public long Length => inner.Length;

    public void Read(long offset, Span<byte> destination) => Whole("preadv").Read(offset, destination);

    public void Read(long offset, IoVector destination) => Whole("preadv").Read(offset, destination);

    public bool TryReadAtOnce(long offset, IoVector destination) => Whole("preadv").TryReadAtOnce(offset, destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => Whole("pwritev").Write(offset, source);

    public void Write(long offset, IoVector source) => Whole("pwritev").Write(offset, source);

    public void SetLength(long length) => Whole("ftruncate").SetLength(length);

    public void PunchHole(long offset, long length) => Whole("fallocate").PunchHole(offset, length);

    public void WriteZeroes(long offset, long length) => Whole("fallocate").WriteZeroes(offset, length);

    public long NextData(long offset) => inner.NextData(offset);

    public long NextHole(long offset) => inner.NextHole(offset);

    public void Flush()
    {
        Flushes++;
        if (FlushErrno != 0) throw new HostIOException("fdatasync", inner.Name, FlushErrno);
        Whole("fdatasync").Flush();
    }

    public void Dispose()
    {
        IsDisposed = true;
        inner.Dispose();
    }

    private IImageFile Whole(string call) => Errno == 0 ? inner : throw new HostIOException(call, inner.Name, Errno);
}
