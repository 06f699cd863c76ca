using System.IO.Compression;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Unpacks compressed clusters, and keeps the one that was asked for last: guests read a cluster in pieces.</summary>
internal sealed class CompressedClusters(ImageSpace space)
{
    private readonly Lock _gate = new();
    private L2Entry _entry;
    private byte[] _packed = [];
    private byte[] _cluster = [];

    /// <summary>Copies a part of a compressed cluster.</summary>
    /// <param name="entry">The cluster's entry. FILE-CONTROLLED.</param>
    /// <param name="inCluster">Where in it the part begins.</param>
    /// <param name="destination">Where its bytes go.</param>
    /// <param name="at">Where in the destination they begin.</param>
    /// <param name="length">How many there are.</param>
    /// <exception cref="ImageCorruptException">The data are not what they should be.</exception>
    public void Read(L2Entry entry, int inCluster, Native.IoVector destination, long at, int length)
    {
        lock (_gate)
        {
            if (entry != _entry) Unpack(entry);
            destination.CopyFrom(_cluster.AsSpan(inCluster, length), at);
        }
    }

    /// <summary>Forgets the cluster: its room may be used for others.</summary>
    public void Forget()
    {
        lock (_gate) _entry = default;
    }

    private void Unpack(L2Entry entry)
    {
        _entry = default;
        int size = space.Geometry.ClusterSize;
        long host = entry.CompressedHost(space.Geometry);
        int length = entry.CompressedLength(space.Geometry); // at most two clusters, by the width of its field
        if (host < size || host >= space.End) throw space.Corrupt($"a compressed cluster at {host:#x} lies outside the file.");
        if (_cluster.Length == 0) _cluster = new byte[size];
        if (_packed.Length < length) _packed = new byte[size * 2];
        space.File.Read(host, _packed.AsSpan(0, length));
        bool isWhole = space.Header.Compression == Qcow2Compression.Zstd
            ? Decompression.TryZstdStart(_packed, length, _cluster)
            : TryInflate(length);
        if (!isWhole) throw space.Corrupt($"the compressed cluster at {host:#x} cannot be unpacked.");
        _entry = entry;
    }

    /// <summary>Fills the cluster from raw deflate data; what follows them in their last sector does not matter.</summary>
    private bool TryInflate(int length)
    {
        try
        {
            using var packed = new MemoryStream(_packed, 0, length, writable: false);
            using var stream = new DeflateStream(packed, CompressionMode.Decompress);
            return stream.ReadAtLeast(_cluster, _cluster.Length, throwOnEndOfStream: false) == _cluster.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
