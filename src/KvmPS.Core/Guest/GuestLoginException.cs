namespace KvmPS.Core.Guest;

/// <summary>A guest asks who is there, and has not got an answer that it likes.</summary>
public sealed class GuestLoginException : Exception
{
    internal GuestLoginException(string? userName)
        : base(userName is null ? "The guest asks for a login." : $"The guest does not let '{userName}' in.") => UserName = userName;

    /// <summary>Who tried; null when there was no name to try.</summary>
    public string? UserName { get; }
}
