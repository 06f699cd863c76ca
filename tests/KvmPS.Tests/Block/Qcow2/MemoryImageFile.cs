using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>
/// A file in memory that knows what is on stable storage and what is only on the way there, and can make the image that a power cut
/// would leave: what was flushed, and of the rest any sectors in any order.
/// </summary>
internal sealed class MemoryImageFile : IImageFile
{
    private readonly Lock _gate = new();
    private readonly List<(long Offset, byte[] Bytes)> _unflushed = [];
    private byte[] _now;
    private byte[] _stable;

    public MemoryImageFile(byte[] content)
    {
        _now = content;
        _stable = content.ToArray();
    }

    public string Name => "memory";

    public bool IsWritable => true;

    public int BlockSize => 512;

    public long Length => _now.Length;

    public byte[] Content => _now.ToArray();

    /// <summary>How many flushes there were.</summary>
    public int Flushes { get; private set; }

    /// <summary>Called before each write; may throw.</summary>
    public Action? BeforeWrite { get; set; }

    /// <summary>What a power cut now could leave.</summary>
    public byte[] Cut(Random random)
    {
        lock (_gate)
        {
            byte[] image = _stable.ToArray();
            var pieces = new List<(long Offset, ReadOnlyMemory<byte> Bytes)>();
            double share = random.NextDouble();
            foreach ((long offset, byte[] bytes) in _unflushed)
            {
                for (int at = 0; at < bytes.Length;)
                {
                    int length = (int)Math.Min(bytes.Length - at, 512 - ((offset + at) & 511));
                    if (random.NextDouble() < share) pieces.Add((offset + at, bytes.AsMemory(at, length)));
                    at += length;
                }
            }

            if (random.Next(2) == 0) random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces));
            foreach ((long offset, ReadOnlyMemory<byte> bytes) in pieces)
            {
                if (offset + bytes.Length > image.Length) Array.Resize(ref image, (int)offset + bytes.Length);
                bytes.Span.CopyTo(image.AsSpan((int)offset));
            }

            return image;
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            destination.Clear();
            if (offset < _now.Length) _now.AsSpan((int)offset, (int)Math.Min(destination.Length, _now.Length - offset)).CopyTo(destination);
        }
    }

    public void Read(long offset, IoVector destination)
    {
        byte[] bytes = new byte[destination.Length];
        Read(offset, bytes);
        destination.CopyFrom(bytes);
    }

    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        Read(offset, destination);
        return true;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        BeforeWrite?.Invoke();
        lock (_gate)
        {
            if (offset + source.Length > _now.Length) Array.Resize(ref _now, (int)offset + source.Length);
            source.CopyTo(_now.AsSpan((int)offset));
            _unflushed.Add((offset, source.ToArray()));
        }
    }

    public void Write(long offset, IoVector source)
    {
        byte[] bytes = new byte[source.Length];
        source.CopyTo(bytes);
        Write(offset, bytes);
    }

    public void SetLength(long length)
    {
        Array.Resize(ref _now, (int)length);
        Flush();
    }

    public void PunchHole(long offset, long length) => WriteZeroes(offset, Math.Min(length, Length - offset));

    public void WriteZeroes(long offset, long length)
    {
        if (length > 0) Write(offset, new byte[length]);
    }

    public long NextData(long offset) => offset;

    public long NextHole(long offset) => Length;

    public void Flush()
    {
        lock (_gate)
        {
            BeforeWrite?.Invoke();
            _stable = _now.ToArray();
            _unflushed.Clear();
            Flushes++;
        }
    }

    public void Dispose()
    {
        // The content outlives the image: tests look at it.
    }
}
