namespace KvmPS;

/// <summary>What <c>Repair-KvmDiskImage</c> mends.</summary>
public enum ImageRepairMode
{
    /// <summary>Clusters that are counted and not used are given back: nothing can be lost by that.</summary>
    Leaks,

    /// <summary>Also refcounts and flags that contradict the tables.</summary>
    All,
}
