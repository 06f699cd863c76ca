namespace KvmPS.Core.Block;

/// <summary>What a guest's disk does with the host's page cache, and what its flush is worth.</summary>
public enum DiskCacheMode
{
    /// <summary>Writes end in the page cache; a flush puts them on stable storage.</summary>
    WriteBack,

    /// <summary>Each write is on stable storage before it ends.</summary>
    WriteThrough,

    /// <summary>Reads and writes pass the page cache by, as far as they are aligned; a flush makes them stable.</summary>
    Direct,

    /// <summary>As write-back, with flushes that do nothing: a crash of the host may destroy the disk.</summary>
    Unsafe,
}
