namespace KvmPS.Core.Guest;

/// <summary>Why a file was not copied.</summary>
public enum GuestCopyProblem
{
    /// <summary>There is no such file in the guest, or it may not be read.</summary>
    NotFound,

    /// <summary>It is a directory.</summary>
    IsDirectory,

    /// <summary>There is one already.</summary>
    Exists,

    /// <summary>The guest could not write it, or has not the tools.</summary>
    Refused,

    /// <summary>What arrived is not what was sent.</summary>
    Corrupt,
}

/// <summary>A file was not copied into or out of a guest.</summary>
public sealed class GuestCopyException : Exception
{
    internal GuestCopyException(GuestCopyProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>Why.</summary>
    public GuestCopyProblem Problem { get; }
}
