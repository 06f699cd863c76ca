namespace KvmPS.Core.Block.Qcow2;

/// <summary>References that were dropped in memory, but which stable storage may still hold. Under the image's write lock only.</summary>
internal sealed class PendingFrees(ClusterGeometry geometry)
{
    private const int Most = 1 << 16;

    private List<long> _clusters = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _clusters.Count == 0;

    /// <summary>Whether there are so many that they should be dealt with.</summary>
    public bool IsCrowded => _clusters.Count >= Most;

    /// <summary>Adds clusters side by side.</summary>
    public void Add(long offset, int count)
    {
        long first = offset >> geometry.ClusterBits;
        for (long cluster = first; cluster < first + count; cluster++) _clusters.Add(cluster);
    }

    /// <summary>Adds what an entry refers to.</summary>
    public void Add(L2Entry entry)
    {
        if (!entry.IsCompressed)
        {
            if (entry.Host != 0) Add(entry.Host, 1);
            return;
        }

        long host = entry.CompressedHost(geometry);
        long last = host + entry.CompressedLength(geometry) - 1;
        Add(host, (int)((last >> geometry.ClusterBits) - (host >> geometry.ClusterBits)) + 1);
    }

    /// <summary>Takes back those that could not be dealt with.</summary>
    public void Restore(List<long> taken, int done) => _clusters.AddRange(taken[done..]);

    /// <summary>Takes all of them, in the order of the file.</summary>
    public List<long> Take()
    {
        List<long> taken = _clusters;
        _clusters = [];
        taken.Sort();
        return taken;
    }
}
