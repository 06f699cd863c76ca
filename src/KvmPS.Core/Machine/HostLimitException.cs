namespace KvmPS.Core.Machine;

/// <summary>A machine asks for something of the host that this host has not, or does not give to this process.</summary>
public sealed class HostLimitException : Exception
{
    internal HostLimitException(string message)
        : base(message)
    {
    }
}
