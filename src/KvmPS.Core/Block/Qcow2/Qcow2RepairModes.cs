namespace KvmPS.Core.Block.Qcow2;

/// <summary>What of an image is repaired.</summary>
[Flags]
public enum Qcow2RepairModes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Clusters that are counted and not used are given back.</summary>
    Leaks = 1,

    /// <summary>Refcounts that are too low are raised; refcounts that cannot be read are made anew.</summary>
    Refcounts = 2,

    /// <summary>The flags that say which clusters are the disk's own.</summary>
    Copied = 4,

    /// <summary>All of it.</summary>
    All = Leaks | Refcounts | Copied,
}
