using System.Collections.Concurrent;
using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Block;

/// <summary>
/// Pieces of a disk in this process's memory, made as they are needed, up to a limit. Safe for many threads at once. Bytes inside a chunk
/// are written without a lock: requests that overlap have no order, and others do not touch the same bytes.
/// </summary>
internal sealed class MemoryChunks
{
    /// <summary>The size of a chunk in bytes: a cluster of a qcow2 image.</summary>
    public const int Size = 1 << 16;

    private const int LongestRun = 1 << 14; // chunks that one question about extents looks at

    private const int EmptySize = 128; // what an entry without bytes costs, roughly

    private static readonly byte[] Zero = []; // in the place of a chunk that reads as zero

    private readonly ConcurrentDictionary<long, byte[]> _chunks = new();
    private readonly string _name;
    private readonly long _limit;
    private long _used;

    /// <summary>No chunks.</summary>
    /// <param name="name">What messages call the disk.</param>
    /// <param name="limit">How many bytes of memory they may take.</param>
    public MemoryChunks(string name, long limit)
    {
        _name = name;
        _limit = limit;
    }

    /// <summary>Bytes of memory that they take.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>The numbers of all chunks, in ascending order.</summary>
    public long[] Numbers => [.. _chunks.Keys.Order()];

    /// <summary>The bytes of a chunk: null when there is none, empty when it reads as zero.</summary>
    public byte[]? Find(long number) => _chunks.GetValueOrDefault(number);

    /// <summary>The numbers of the chunks that a range touches. GUEST-CONTROLLED: a range may be far longer than there are chunks.</summary>
    public IEnumerable<long> Between(long offset, long length)
    {
        if (length == 0) return [];
        long first = offset / Size;
        long last = (offset + length - 1) / Size;
        if (last - first < 1024) return Range(first, last).Where(_chunks.ContainsKey);
        return _chunks.Keys.Where(number => number >= first && number <= last);
    }

    /// <summary>For how long the chunks from an offset on are of one sort, at least the one there, not beyond the range.</summary>
    public long RunLength(long offset, long length, Func<byte[]?, bool> isSort)
    {
        long first = offset / Size;
        long last = Math.Min(first + LongestRun, (offset + length - 1) / Size);
        long next = first + 1;
        while (next <= last && isSort(Find(next))) next++;
        return Math.Min(((next - first) * Size) - (offset % Size), length);
    }

    /// <summary>A chunk's own bytes, for filling before it is put in.</summary>
    /// <exception cref="HostIOException">The limit is reached, or the host's memory is used up (ENOSPC).</exception>
    public byte[] Make()
    {
        Reserve(Size);
        try
        {
            return GC.AllocateArray<byte>(Size, pinned: true); // never moved, since it lives long
        }
        catch (OutOfMemoryException)
        {
            Interlocked.Add(ref _used, -Size);
            throw NoSpace();
        }
    }

    /// <summary>Gives back a made chunk that is not put in.</summary>
    public void GiveBack(byte[] made) => Interlocked.Add(ref _used, -CostOf(made));

    /// <summary>Puts a made chunk in the place of what <see cref="Find"/> found there. False when somebody was faster: the made one is given back.</summary>
    public bool TryPut(long number, byte[]? found, byte[] made)
    {
        if (found is null ? _chunks.TryAdd(number, made) : _chunks.TryUpdate(number, made, found))
        {
            if (found is not null) Interlocked.Add(ref _used, -CostOf(found));
            return true;
        }

        GiveBack(made);
        return false;
    }

    /// <summary>Lets a whole chunk read as zero.</summary>
    /// <exception cref="HostIOException">The limit is reached (ENOSPC).</exception>
    public void PutZero(long number)
    {
        while (true)
        {
            byte[]? found = Find(number);
            if (found is { Length: 0 }) return;
            if (found is null) Reserve(EmptySize);
            else Interlocked.Add(ref _used, EmptySize); // it frees more than it takes
            if (TryPut(number, found, Zero)) return;
        }
    }

    /// <summary>Forgets a chunk.</summary>
    public void Remove(long number)
    {
        if (_chunks.TryRemove(number, out byte[]? removed)) Interlocked.Add(ref _used, -CostOf(removed));
    }

    /// <summary>Forgets all chunks.</summary>
    public void Clear()
    {
        foreach (long number in Numbers) Remove(number);
    }

    private static IEnumerable<long> Range(long first, long last)
    {
        for (long number = first; number <= last; number++) yield return number;
    }

    private static int CostOf(byte[] chunk) => chunk.Length == 0 ? EmptySize : Size;

    private void Reserve(int bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= _limit) return;
        Interlocked.Add(ref _used, -bytes);
        throw NoSpace();
    }

    private HostIOException NoSpace() => new("allocation", _name, Errno.ENOSPC);
}
