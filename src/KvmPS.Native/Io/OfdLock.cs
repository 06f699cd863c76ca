namespace KvmPS.Native;

/// <summary>
/// A lock of somebody on a range of a file. Locks of open file descriptions belong to an opening of the file, not to a process: two openings
/// in one process exclude each other too, and closing one of them lets nobody else's lock go (fcntl(2), F_OFD_SETLK).
/// </summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">Bytes; 0 for all that follow.</param>
/// <param name="IsExclusive">Whether it shuts out readers too.</param>
/// <param name="Process">The process of an old-fashioned lock; -1 for a lock of an open file description, which has none.</param>
public readonly record struct OfdLock(long Offset, long Length, bool IsExclusive, int Process);

/// <summary>How the kernel answered a wish for a lock.</summary>
public enum OfdLockResult
{
    /// <summary>It is held.</summary>
    Taken,

    /// <summary>Somebody else has one that it would conflict with.</summary>
    Refused,

    /// <summary>The file system keeps no locks.</summary>
    Unsupported,
}
