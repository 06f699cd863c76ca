namespace KvmPS.Core.Block.Qcow2;

/// <summary>How often clusters are referred to: memory for those that are, and their neighbours, however large the file claims to be.</summary>
internal sealed class ReferenceCounts
{
    private const int ChunkBits = 10;

    private readonly Dictionary<long, ulong[]> _chunks = [];

    /// <summary>The count of a cluster.</summary>
    public ulong this[long cluster] => _chunks.TryGetValue(cluster >> ChunkBits, out ulong[]? chunk) ? chunk[cluster & ((1 << ChunkBits) - 1)] : 0;

    /// <summary>The clusters that are referred to, in the order of the file.</summary>
    public IEnumerable<(long Cluster, ulong Count)> Used
    {
        get
        {
            foreach (long index in _chunks.Keys.Order())
            {
                ulong[] chunk = _chunks[index];
                for (int i = 0; i < chunk.Length; i++)
                {
                    if (chunk[i] != 0) yield return ((index << ChunkBits) + i, chunk[i]);
                }
            }
        }
    }

    /// <summary>Adds references. Returns the new count.</summary>
    public ulong Add(long cluster, ulong times)
    {
        if (!_chunks.TryGetValue(cluster >> ChunkBits, out ulong[]? chunk)) _chunks.Add(cluster >> ChunkBits, chunk = new ulong[1 << ChunkBits]);
        return chunk[cluster & ((1 << ChunkBits) - 1)] += times;
    }
}
