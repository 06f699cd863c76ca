namespace KvmPS.Native;

/// <summary>How the host backs a guest's RAM.</summary>
public readonly record struct GuestMemoryOptions
{
    /// <summary>
    /// Ask for transparent huge pages (2 MiB): fewer page faults, and fewer steps from a guest's address to the host's. A wish, since the kernel
    /// may have none: see <see cref="GuestMemory.CountHugePageBytes"/> for what came of it.
    /// </summary>
    public bool HugePages { get; init; }

    /// <summary>Take all of it from the host now, and not page by page as the guest touches it.</summary>
    public bool Prefault { get; init; }
}
