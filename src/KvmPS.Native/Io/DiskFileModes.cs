namespace KvmPS.Native;

/// <summary>How a disk file is opened.</summary>
[Flags]
public enum DiskFileModes
{
    /// <summary>For reading only.</summary>
    None = 0,

    /// <summary>For writing too.</summary>
    Write = 1,

    /// <summary>Past the host's page cache, as far as requests are aligned to it (O_DIRECT).</summary>
    Direct = 2,

    /// <summary>It must not be there yet, and is made.</summary>
    Create = 4,
}
