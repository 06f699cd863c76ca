using System.Buffers.Binary;
using KvmPS.Core.Block;
using KvmPS.Native;
using KvmPS.Stress.Storage;

namespace KvmPS.Tests.Block;

/// <summary>A mistake of <see cref="NaiveQcow2"/>.</summary>
public enum NaiveMistake
{
    /// <summary>It is right.</summary>
    None,

    /// <summary>A cluster may be in use before it is counted.</summary>
    NoCountBarrier,

    /// <summary>A cluster may be in use before its bytes are there.</summary>
    NoDataBarrier,

    /// <summary>Clusters that a snapshot has too are written in place.</summary>
    WritesShared,

    /// <summary>A cluster is counted no more while a table may still have it.</summary>
    EarlyFree,

    /// <summary>What a smaller disk has lost is there again when it grows.</summary>
    RemembersTail,

    /// <summary>A cluster that nobody has any more stays counted.</summary>
    Leaks,
}

/// <summary>
/// The plainest code that writes qcow2, one flush after each step, for 16-bit refcounts and images that stay small: with a mistake in it, it shows
/// that the crash tests find mistakes in this format.
/// </summary>
internal sealed class NaiveQcow2 : IBlockBackend
{
    private const ulong Copied = 1UL << 63;
    private const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;

    private readonly IImageFile _file;
    private readonly IBlockBackend? _backing;
    private readonly NaiveMistake _mistake;
    private readonly int _cluster;
    private readonly long _l1;
    private readonly long _counts;
    private long _end;

    public NaiveQcow2(IImageFile file, IBlockBackend? backing, NaiveMistake mistake)
    {
        _file = file;
        _backing = backing;
        _mistake = mistake;
        _cluster = 1 << (int)(Get(16) & 0xFF);
        Length = (long)Get(24);
        _l1 = (long)Get(40);
        _counts = (long)Get(48);
        _end = (file.Length + _cluster - 1) / _cluster * _cluster;
    }

    public long Length { get; private set; }

    public bool IsReadOnly => false;

    public BlockLimits Limits => new(512, _cluster, _cluster);

    public bool WritesAtOnce => false;

    public void Read(long offset, IoVector destination)
    {
        byte[] bytes = new byte[destination.Length];
        ForEach(offset, bytes.Length, (start, within, at, length) => ReadCluster(start).AsSpan(within, length).CopyTo(bytes.AsSpan(at)));
        destination.CopyFrom(bytes);
    }

    public bool TryReadAtOnce(long offset, IoVector destination) => false;

    public void Write(long offset, IoVector source) => Write(offset, RecordingImageFile.BytesOf(source));

    public void WriteZeroes(long offset, long length, bool mayDeallocate) => Write(offset, new byte[length]);

    public void Discard(long offset, long length)
    {
        if (_mistake != NaiveMistake.EarlyFree && _backing is not null) return;
        ForEach(offset, (int)length, (start, _, _, part) =>
        {
            if (part != _cluster || (Get(L1Place(start)) & Copied) == 0) return;
            ulong entry = Get(L2Place(start));
            if ((entry & OffsetMask) == 0) return;
            if (_mistake == NaiveMistake.EarlyFree) Count((long)(entry & OffsetMask), -1);
            Put(L2Place(start), 0);
            _file.Flush();
            if (_mistake is not NaiveMistake.EarlyFree and not NaiveMistake.Leaks) Count((long)(entry & OffsetMask), -1);
        });
    }

    public void Resize(long length)
    {
        const int sizePlace = 24;
        const int l1Entries = 36;
        long former = Length;
        if (length < former && _mistake != NaiveMistake.RemembersTail) Write(length, new byte[former - length]);
        Put(sizePlace, (ulong)length);
        Span<byte> entries = stackalloc byte[sizeof(uint)];
        _file.Read(l1Entries, entries);
        BinaryPrimitives.WriteUInt32BigEndian(entries, Math.Max(BinaryPrimitives.ReadUInt32BigEndian(entries), (uint)(length / _cluster / (_cluster / 8)) + 1));
        _file.Write(l1Entries, entries);
        Length = length;
        if (length > former && _backing is not null && _mistake != NaiveMistake.RemembersTail) Write(former, new byte[length - former]);
    }

    public void Flush() => _file.Flush();

    public void Dispose()
    {
        _file.Dispose();
        _backing?.Dispose();
    }

    private void Write(long offset, byte[] bytes) => ForEach(offset, bytes.Length, (start, within, at, length) =>
    {
        OwnL2(start);
        ulong entry = Get(L2Place(start));
        long former = (long)(entry & OffsetMask);
        if ((entry & 1) == 0 && former != 0 && ((entry & Copied) != 0 || _mistake == NaiveMistake.WritesShared))
        {
            _file.Write(former + within, bytes.AsSpan(at, length));
            return;
        }

        byte[] whole = ReadCluster(start);
        bytes.AsSpan(at, length).CopyTo(whole.AsSpan(within));
        Put(L2Place(start), (ulong)Store(whole) | Copied);
        _file.Flush();
        if (former != 0) Count(former, -1);
    });

    private byte[] ReadCluster(long start)
    {
        byte[] whole = new byte[_cluster];
        ulong entry = (Get(L1Place(start)) & OffsetMask) == 0 ? 0 : Get(L2Place(start));
        if ((entry & OffsetMask) != 0 && (entry & 1) == 0) _file.Read((long)(entry & OffsetMask), whole);
        else if (entry == 0 && _backing is not null && start < _backing.Length) ReadBacking(start, whole);
        return whole;
    }

    private void ReadBacking(long start, byte[] whole)
    {
        int there = (int)Math.Min(_cluster, _backing!.Length - start);
        using var buffer = new IoBuffer(there);
        using var vector = new IoVector(1);
        vector.Add(buffer, 0, there);
        _backing.Read(start, vector);
        vector.CopyTo(whole.AsSpan(0, there));
    }

    /// <summary>Makes the L2 table of a place its own: there, and no snapshot's.</summary>
    private void OwnL2(long start)
    {
        ulong entry = Get(L1Place(start));
        if ((entry & Copied) != 0) return;
        byte[] table = new byte[_cluster];
        long former = (long)(entry & OffsetMask);
        if (former != 0) _file.Read(former, table);
        Put(L1Place(start), (ulong)Store(table) | Copied);
        _file.Flush();
        if (former != 0) Count(former, -1);
    }

    /// <summary>Puts a cluster at the end of the file.</summary>
    private long Store(byte[] whole)
    {
        long block = CountPlace(_end) / _cluster;
        if (block == 0)
        {
            long blockPlace = Take(); // it counts itself
            byte[] counts = new byte[_cluster];
            BinaryPrimitives.WriteUInt16BigEndian(counts.AsSpan((int)(blockPlace / _cluster % (_cluster / 2) * 2)), 1);
            _file.Write(blockPlace, counts);
            _file.Flush();
            Put(_counts + (blockPlace / _cluster / (_cluster / 2) * 8), (ulong)blockPlace);
            _file.Flush();
        }

        long place = Take();
        Count(place, -GetCount(place) + 1); // a crash may have left a count past the end of the file
        if (_mistake != NaiveMistake.NoCountBarrier) _file.Flush();
        _file.Write(place, whole);
        if (_mistake is not NaiveMistake.NoDataBarrier and not NaiveMistake.NoCountBarrier) _file.Flush();
        return place;
    }

    private long Take() => (_end += _cluster) - _cluster;

    private void Count(long place, int change)
    {
        Span<byte> count = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(count, (ushort)(GetCount(place) + change));
        _file.Write(CountPlace(place), count);
    }

    private int GetCount(long place)
    {
        Span<byte> count = stackalloc byte[2];
        _file.Read(CountPlace(place), count);
        return BinaryPrimitives.ReadUInt16BigEndian(count);
    }

    private long CountPlace(long place)
    {
        long index = place / _cluster;
        int inBlock = _cluster / 2;
        return (long)Get(_counts + (index / inBlock * 8)) + (index % inBlock * 2);
    }

    private long L1Place(long start) => _l1 + (start / _cluster / (_cluster / 8) * 8);

    private long L2Place(long start) => (long)(Get(L1Place(start)) & OffsetMask) + (start / _cluster % (_cluster / 8) * 8);

    private ulong Get(long place)
    {
        Span<byte> word = stackalloc byte[8];
        _file.Read(place, word);
        return BinaryPrimitives.ReadUInt64BigEndian(word);
    }

    private void Put(long place, ulong value)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(word, value);
        _file.Write(place, word);
    }

    private void ForEach(long offset, int length, Action<long, int, int, int> part)
    {
        for (int at = 0; at < length;)
        {
            int within = (int)((offset + at) % _cluster);
            int taken = Math.Min(_cluster - within, length - at);
            part(offset + at - within, within, at, taken);
            at += taken;
        }
    }
}

/// <summary>Makes images for <see cref="NaiveQcow2"/> with qemu-img.</summary>
internal sealed class NaiveTools(NaiveMistake mistake) : IImageTools
{
    public IBlockBackend Open(string path, IBlockBackend? backing, bool readOnly) =>
        new NaiveQcow2(new HostImageFile(DiskFile.Open(path, readOnly ? DiskFileModes.None : DiskFileModes.Write)), backing, mistake);

    public void Create(string path, long length, string? backingPath, Random random)
    {
        string[] backing = backingPath is null ? [] : ["-b", backingPath, "-F", "qcow2"];
        QemuImg.Run(["create", "-q", "-f", "qcow2", "-o", "cluster_size=4096", .. backing, path, $"{length}"]);
    }

    public void Resize(IBlockBackend disk, long length) => ((NaiveQcow2)disk).Resize(length);
}
