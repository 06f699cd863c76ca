namespace KvmPS.Core.Guest;

/// <summary>A guest has not done in time what was asked of it.</summary>
public sealed class GuestTimeoutException : Exception
{
    internal GuestTimeoutException(bool hasBegun, byte[] output)
        : base("The guest has not answered in time.")
    {
        HasBegun = hasBegun;
        Output = output;
    }

    /// <summary>Whether the command was begun; not so when no shell has answered.</summary>
    public bool HasBegun { get; }

    /// <summary>What the command has written so far.</summary>
    public byte[] Output { get; }
}
