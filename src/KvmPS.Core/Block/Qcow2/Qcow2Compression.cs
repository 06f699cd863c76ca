namespace KvmPS.Core.Block.Qcow2;

/// <summary>How compressed clusters are made [qcow2 §Additional fields].</summary>
public enum Qcow2Compression
{
    /// <summary>Deflate without zlib's header.</summary>
    Zlib = 0,

    /// <summary>Frames of Zstandard.</summary>
    Zstd = 1,
}
