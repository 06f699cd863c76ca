namespace KvmPS.Core.Debug;

/// <summary>How a CPU reads its instructions and addresses [sdm 3A §2.2].</summary>
public enum ExecutionMode
{
    /// <summary>16 bits, as after reset: a segment is 16 times its selector.</summary>
    Real,

    /// <summary>32 (or 16) bits with segment descriptors.</summary>
    Protected,

    /// <summary>A real-mode program inside protected mode.</summary>
    Virtual8086,

    /// <summary>32 (or 16) bits under a 64-bit system.</summary>
    Compatibility,

    /// <summary>64 bits.</summary>
    Long,
}
