namespace KvmPS.Core.Guest;

/// <summary>The output of a command cannot be given back whole.</summary>
public sealed class GuestOutputException : Exception
{
    internal GuestOutputException(string message)
        : base(message)
    {
    }
}
