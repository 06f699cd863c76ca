namespace KvmPS.Core.Debug;

/// <summary>What a CPU demands of a register before it enters the guest [sdm 3C §27.3.1].</summary>
internal enum RegisterRule
{
    /// <summary>Any value.</summary>
    None,

    /// <summary>The reserved bits are zero, and VM fits the mode.</summary>
    Flags,

    /// <summary>An address whose upper bits repeat the highest one that is translated.</summary>
    Canonical,

    /// <summary>Nothing in the upper 32 bits.</summary>
    Lower32,

    /// <summary>The access rights of a segment, whose bits 8 to 11 are zero.</summary>
    AccessRights,

    /// <summary>No reserved bits, and paging only in protected mode.</summary>
    Cr0,

    /// <summary>Only the bits of long mode, system calls and no-execute change.</summary>
    Efer,
}
