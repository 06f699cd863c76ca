namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// A request of the driver: its buffers, those that the device reads first [virtio-1.2 §2.7.4.2]. The object is used again and again, so that a request
/// allocates nothing; it belongs to whoever popped it until it is given back to <see cref="Queue.AddUsed"/> or <see cref="Queue.Complete"/>.
/// </summary>
public sealed class DescriptorChain
{
    private const int UsualSegments = 16;

    private ChainSegment[] _segments = new ChainSegment[UsualSegments];
    private int _count;
    private int _readable;

    /// <summary>The number under which the driver knows the request.</summary>
    public ushort Head { get; internal set; }

    /// <summary>Which life of the queue it comes from: one that is over gets nothing back.</summary>
    internal uint Generation { get; set; }

    /// <summary>All buffers in order, without empty ones.</summary>
    public ReadOnlySpan<ChainSegment> Segments => _segments.AsSpan(0, _count);

    /// <summary>The buffers that the device reads.</summary>
    public ReadOnlySpan<ChainSegment> Readable => _segments.AsSpan(0, _readable);

    /// <summary>The buffers that the device writes.</summary>
    public ReadOnlySpan<ChainSegment> Writable => _segments.AsSpan(_readable, _count - _readable);

    /// <summary>Bytes that the device reads.</summary>
    public uint ReadableLength { get; private set; }

    /// <summary>Bytes that the device writes.</summary>
    public uint WritableLength { get; private set; }

    /// <summary>Begins a new request.</summary>
    internal void Clear() => (_count, _readable, ReadableLength, WritableLength) = (0, 0, 0, 0);

    /// <summary>Adds a buffer, or says what is wrong with it.</summary>
    internal string? Add(ChainSegment segment)
    {
        // GUEST-CONTROLLED: a chain has at most 2^32 bytes [virtio-1.2 §2.7.5.2]; the one byte less makes every sum of lengths fit 32 bits.
        if (segment.Length > uint.MaxValue - ReadableLength - WritableLength) return "a chain of 4 GiB or more";
        if (!segment.IsWritable && _count > _readable) return "a readable buffer behind a writable one";
        if (_count == _segments.Length) Array.Resize(ref _segments, _count * 2);
        _segments[_count++] = segment;
        if (segment.IsWritable)
        {
            WritableLength += segment.Length;
            return null;
        }

        _readable = _count;
        ReadableLength += segment.Length;
        return null;
    }
}
