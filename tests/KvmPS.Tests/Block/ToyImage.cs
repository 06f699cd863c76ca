using System.Buffers.Binary;
using KvmPS.Core.Block;
using KvmPS.Native;
using KvmPS.Stress.Storage;

namespace KvmPS.Tests.Block;

/// <summary>A mistake in the order in which <see cref="ToyImage"/> writes.</summary>
public enum ToyMistake
{
    /// <summary>It is right.</summary>
    None,

    /// <summary>The table may say where a cluster is before the cluster is there.</summary>
    NoBarrier,

    /// <summary>A cluster is used for something else before the table has forgotten it.</summary>
    EarlyReuse,

    /// <summary>The guest's flush does nothing.</summary>
    DeafFlush,

    /// <summary>The table is written after the flush instead of before.</summary>
    TableAfterFlush,
}

/// <summary>
/// The simplest image format that can be written in the wrong order: a table at the beginning says where each cluster is, or that it is all
/// zeroes. It is what shows that the crash tests find something.
/// </summary>
internal sealed class ToyImage : IBlockBackend
{
    public const int Cluster = 4096;
    public const int Clusters = 256;

    private const int TableClusters = 1;

    private readonly IImageFile _file;
    private readonly ToyMistake _mistake;
    private readonly int[] _table = new int[Clusters];
    private readonly List<int> _unwritten = []; // entries, with the mistake
    private readonly List<int> _released = []; // not free before the table is certain
    private readonly Stack<int> _free = [];
    private int _end;

    public ToyImage(IImageFile file, ToyMistake mistake)
    {
        _file = file;
        _mistake = mistake;
        for (int i = 0; i < Clusters; i++) _table[i] = ReadEntry(i);
        _end = Math.Max(TableClusters, (int)((file.Length + Cluster - 1) / Cluster));
        foreach (int unused in Enumerable.Range(TableClusters, _end - TableClusters).Except(_table)) _free.Push(unused);
    }

    public long Length => Clusters * Cluster;

    public bool IsReadOnly => false;

    public BlockLimits Limits => new(512, Cluster, Cluster);

    public bool WritesAtOnce => true;

    /// <summary>What is wrong with an image, or null.</summary>
    public static string? FindFault(ImageBytes image)
    {
        using var file = new MemoryImageFile("toy", image);
        var toy = new ToyImage(file, ToyMistake.None);
        int[] used = [.. toy._table.Where(static entry => entry != 0)];
        if (used.Distinct().Count() != used.Length) return "two entries have the same cluster.";
        return used.Any(entry => entry < TableClusters || (entry + 1L) * Cluster > image.Length) ? "an entry points past the end." : null;
    }

    /// <summary>The whole disk.</summary>
    public static byte[] ReadAll(ImageBytes image)
    {
        using var file = new MemoryImageFile("toy", image);
        byte[] disk = new byte[Clusters * Cluster];
        new ToyImage(file, ToyMistake.None).Read(0, disk);
        return disk;
    }

    public void Read(long offset, IoVector destination)
    {
        byte[] bytes = new byte[destination.Length];
        Read(offset, bytes);
        destination.CopyFrom(bytes);
    }

    public bool TryReadAtOnce(long offset, IoVector destination) => false;

    public void Write(long offset, IoVector source) => Write(offset, RecordingImageFile.BytesOf(source));

    public void WriteZeroes(long offset, long length, bool mayDeallocate) => ForEach(offset, (int)length, (cluster, within, _, part) =>
    {
        if (part == Cluster) Release(cluster);
        else if (_table[cluster] != 0) Write(((long)cluster * Cluster) + within, new byte[part]);
    });

    public void Discard(long offset, long length) => ForEach(offset, (int)length, (cluster, _, _, part) =>
    {
        if (part == Cluster) Release(cluster);
    });

    public void Flush()
    {
        if (_mistake == ToyMistake.DeafFlush) return;
        FlushFile();
        foreach (int cluster in _unwritten) WriteEntry(cluster);
        _unwritten.Clear();
    }

    public void Dispose()
    {
        Flush();
        FlushFile();
    }

    private static long Place(int cluster) => (long)cluster * Cluster;

    private static void ForEach(long offset, int length, Action<int, int, int, int> part)
    {
        for (int at = 0; at < length;)
        {
            int within = (int)((offset + at) % Cluster);
            int taken = Math.Min(Cluster - within, length - at);
            part((int)((offset + at) / Cluster), within, at, taken);
            at += taken;
        }
    }

    private void Read(long offset, byte[] bytes) => ForEach(offset, bytes.Length, (cluster, within, at, length) =>
    {
        if (_table[cluster] != 0) _file.Read(Place(_table[cluster]) + within, bytes.AsSpan(at, length));
    });

    private void Write(long offset, byte[] bytes) => ForEach(offset, bytes.Length, (cluster, within, at, length) =>
    {
        if (_table[cluster] != 0)
        {
            _file.Write(Place(_table[cluster]) + within, bytes.AsSpan(at, length));
            return;
        }

        byte[] whole = new byte[Cluster];
        bytes.AsSpan(at, length).CopyTo(whole.AsSpan(within));
        int place = _free.Count > 0 ? _free.Pop() : _end++;
        _file.Write(Place(place), whole);
        if (_mistake != ToyMistake.NoBarrier) FlushFile();
        SetEntry(cluster, place);
    });

    private void Release(int cluster)
    {
        if (_table[cluster] == 0) return;
        if (_mistake == ToyMistake.EarlyReuse) _free.Push(_table[cluster]);
        else _released.Add(_table[cluster]);
        SetEntry(cluster, 0);
    }

    private void FlushFile()
    {
        _file.Flush();
        if (_unwritten.Count > 0) return;
        foreach (int cluster in _released) _free.Push(cluster);
        _released.Clear();
    }

    private void SetEntry(int cluster, int place)
    {
        _table[cluster] = place;
        if (_mistake == ToyMistake.TableAfterFlush) _unwritten.Add(cluster);
        else WriteEntry(cluster);
    }

    private int ReadEntry(int cluster)
    {
        Span<byte> entry = stackalloc byte[sizeof(int)];
        _file.Read(cluster * sizeof(int), entry);
        return BinaryPrimitives.ReadInt32LittleEndian(entry);
    }

    private void WriteEntry(int cluster)
    {
        Span<byte> entry = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(entry, _table[cluster]);
        _file.Write(cluster * sizeof(int), entry);
    }
}

/// <summary>Toy images whose life is cut short.</summary>
internal sealed class ToySubject(ToyMistake mistake) : ICrashSubject
{
    public string Name => $"toy with {mistake}";

    public long Length => ToyImage.Clusters * ToyImage.Cluster;

    public IReadOnlyList<long> Lengths => [Length];

    public ImageBytes Create() => ImageBytes.Of(new byte[ToyImage.Cluster]);

    public uint InitialVersion(int sector) => SectorPattern.Zeroes;

    public IBlockBackend Open(IImageFile file) => new ToyImage(file, mistake);

    public void Resize(IBlockBackend disk, long length) => throw new NotSupportedException();

    public string? FindFault(ImageBytes image, bool thoroughly) => ToyImage.FindFault(image);

    public byte[] ReadFromOutside(ImageBytes image) => ToyImage.ReadAll(image);

    public void Dispose()
    {
    }
}
