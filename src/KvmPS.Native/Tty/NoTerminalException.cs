namespace KvmPS.Native;

/// <summary>There is no terminal to talk to, or somebody else talks to it.</summary>
public sealed class NoTerminalException : Exception
{
    internal NoTerminalException(string message)
        : base(message)
    {
    }
}
