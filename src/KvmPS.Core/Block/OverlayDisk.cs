using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>
/// A layer in memory over a disk that is never written: what is written goes into clusters of the layer, which are thrown away with it or
/// merged into a disk. Owns the disk below it.
/// </summary>
/// <remarks>
/// A cluster comes into the layer under a lock of its own, with what the base has in the rest of it; from then on it is read and written
/// without one. When <see cref="Limit"/> is reached, writes that need more fail with <see cref="HostIOException.IsNoSpace"/>.
/// </remarks>
public sealed class OverlayDisk : IBlockBackend, IExtentMap
{
    private const int Cluster = MemoryChunks.Size;

    private readonly IBlockBackend _opened; // the disk below as it was given, which may have the lock of an image
    private IBlockBackend _base; // what is read: another one after Rebase
    private readonly MemoryChunks _chunks;
    private readonly BounceBuffers _buffers = new(Cluster);
    private readonly Lock[] _copying = [.. Enumerable.Range(0, 64).Select(static _ => new Lock())];

    /// <summary>An empty layer.</summary>
    /// <param name="below">The disk below, which is not written.</param>
    /// <param name="limit">How many bytes of memory the layer may take; null for as many as the host has.</param>
    public OverlayDisk(IBlockBackend below, long? limit = null)
    {
        if (limit is { } bytes) ArgumentOutOfRangeException.ThrowIfNegative(bytes, nameof(limit));
        _opened = _base = below;
        Limit = limit;
        _chunks = new MemoryChunks("overlay in memory", limit ?? long.MaxValue);
    }

    /// <summary>How many bytes of memory the layer may take, or null.</summary>
    public long? Limit { get; }

    /// <summary>Bytes of memory that the layer takes now.</summary>
    public long AllocatedLength => _chunks.Used;

    /// <inheritdoc/>
    public long Length => _base.Length;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public BlockLimits Limits => _base.Limits with { DiscardGranularity = Cluster };

    /// <inheritdoc/>
    public bool WritesAtOnce => false; // the rest of a cluster may have to be read

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination) => Read(offset, destination, atOnce: false);

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination) => Read(offset, destination, atOnce: true);

    /// <inheritdoc/>
    public void Write(long offset, IoVector source)
    {
        foreach (ChunkPart part in ChunkPart.Of(offset, source.Length, Cluster))
        {
            if (ChunkFor(part, source) is { } chunk) source.CopyTo(chunk.AsSpan(part.Start, part.Length), part.Position);
        }
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        foreach (ChunkPart part in ChunkPart.Of(offset, length, Cluster))
        {
            byte[]? chunk = _chunks.Find(part.Number);
            if (chunk is { Length: 0 } || (chunk is null && IsZeroBelow(offset + part.Position, part.Length))) continue;
            if (part.Length == LengthOf(part.Number)) PutZero(part.Number);
            else ChunkFor(part, null)!.AsSpan(part.Start, part.Length).Clear();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Whole clusters of the layer are freed and read as zero; what the base holds stays as it is, since leaving it out would only cost memory.</remarks>
    public void Discard(long offset, long length)
    {
        foreach (long number in _chunks.Between(offset, length))
        {
            if (ChunkPart.Of(number, offset, length, Cluster).Length == LengthOf(number)) PutZero(number);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // The layer is gone with the process, whatever is done here.
    }

    /// <summary>Writes everything in the layer to a disk, and flushes that. The layer stays. Nobody writes to it meanwhile.</summary>
    /// <param name="target">A disk with what the base has, such as the base opened for writing; at least as long.</param>
    /// <param name="progress">Is told the bytes that are done, and all of them.</param>
    /// <param name="cancellation">Leaves a part of the layer written.</param>
    /// <exception cref="IOException">The target cannot be written; a part may have been.</exception>
    public void MergeInto(IBlockBackend target, Action<long, long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, Length, nameof(target));
        using var bounce = new Bounce(Cluster);
        long[] numbers = _chunks.Numbers;
        long done = 0;
        foreach (long number in numbers)
        {
            progress?.Invoke(Cluster * done++, Cluster * numbers.LongLength);
            cancellation.ThrowIfCancellationRequested();
            int length = LengthOf(number);
            byte[]? chunk = _chunks.Find(number);
            if (chunk is { Length: 0 }) target.WriteZeroes(number * Cluster, length, mayDeallocate: true);
            if (chunk is not { Length: > 0 }) continue;
            chunk.AsSpan(0, length).CopyTo(bounce.Span);
            target.Write(number * Cluster, bounce.Part(0, length));
        }

        target.Flush();
    }

    /// <summary>Reads what is not in the layer from another disk from now on, which has the same there. Nobody uses this one meanwhile.</summary>
    /// <param name="below">The disk, which this one owns then; the one that it was made with stays open.</param>
    internal void Rebase(IBlockBackend below)
    {
        IBlockBackend before = _base;
        _base = below;
        if (before != _opened) before.Dispose();
    }

    /// <summary>Forgets the layer, all of which is in the disk below. Nobody uses this one meanwhile.</summary>
    internal void Clear() => _chunks.Clear();

    /// <inheritdoc/>
    public BlockExtent Map(long offset)
    {
        byte[]? chunk = _chunks.Find(offset / Cluster);
        if (chunk is { Length: 0 }) return new BlockExtent(_chunks.RunLength(offset, Length - offset, static next => next is { Length: 0 }), BlockExtentKind.Zero, -1);
        if (chunk is not null) return new BlockExtent(_chunks.RunLength(offset, Length - offset, static next => next is { Length: > 0 }), BlockExtentKind.Data, -1);
        long length = _chunks.RunLength(offset, Length - offset, static next => next is null);
        BlockExtent below = _base.ExtentAt(offset);
        return new BlockExtent(Math.Min(length, below.Length), below.Kind == BlockExtentKind.Zero ? BlockExtentKind.Zero : BlockExtentKind.Backing, -1);
    }

    /// <summary>Throws the layer away and closes the disk below.</summary>
    public void Dispose()
    {
        _chunks.Clear();
        _buffers.Dispose();
        Rebase(_opened);
        _opened.Dispose();
    }

    /// <summary>Reads clusters of the layer from memory, and what lies between them from the base in as few pieces as can be.</summary>
    private bool Read(long offset, IoVector destination, bool atOnce)
    {
        using var between = new IoVector();
        for (long done = 0; done < destination.Length;)
        {
            long at = offset + done;
            byte[]? chunk = _chunks.Find(at / Cluster);
            long length = Math.Min(Cluster - (at % Cluster), destination.Length - done);
            if (chunk is { Length: > 0 }) destination.CopyFrom(chunk.AsSpan((int)(at % Cluster), (int)length), done);
            else if (chunk is not null) destination.Zero(done, length);
            else
            {
                length = _chunks.RunLength(at, destination.Length - done, static next => next is null);
                between.Clear();
                between.Add(destination, done, length);
                if (!atOnce) _base.Read(at, between);
                else if (!_base.TryReadAtOnce(at, between)) return false;
            }

            done += length;
        }

        return true;
    }

    /// <summary>
    /// The bytes of a cluster that a request writes a part of. A new one comes with the rest from below, or, when all of it is written, with
    /// the request's bytes: null is returned then, since nothing is left to do.
    /// </summary>
    private byte[]? ChunkFor(in ChunkPart part, IoVector? source)
    {
        if (_chunks.Find(part.Number) is { Length: > 0 } there) return there;
        lock (LockOf(part.Number))
        {
            byte[]? found = _chunks.Find(part.Number);
            if (found is { Length: > 0 }) return found;
            byte[] made = _chunks.Make();
            bool isWhole = source is not null && part.Length == LengthOf(part.Number);
            try
            {
                if (isWhole) source!.CopyTo(made.AsSpan(0, part.Length), part.Position);
                else if (found is null) CopyFromBase(part.Number, made);
            }
            catch
            {
                _chunks.GiveBack(made);
                throw;
            }

            _chunks.TryPut(part.Number, found, made); // nobody else puts one there: that happens under the lock alone
            return isWhole ? null : made;
        }
    }

    private void CopyFromBase(long number, byte[] chunk)
    {
        int length = LengthOf(number);
        Bounce bounce = _buffers.Rent();
        try
        {
            _base.Read(number * Cluster, bounce.Part(0, length));
            bounce.Span[..length].CopyTo(chunk);
        }
        finally
        {
            _buffers.Return(bounce);
        }
    }

    private void PutZero(long number)
    {
        lock (LockOf(number)) _chunks.PutZero(number);
    }

    private bool IsZeroBelow(long offset, long length)
    {
        BlockExtent extent = _base.ExtentAt(offset);
        return extent.Kind == BlockExtentKind.Zero && extent.Length >= length;
    }

    /// <summary>Bytes of a cluster, of which the disk's last may have fewer.</summary>
    private int LengthOf(long number) => (int)Math.Min(Cluster, Length - (number * Cluster));

    private Lock LockOf(long number) => _copying[number % _copying.Length];
}
