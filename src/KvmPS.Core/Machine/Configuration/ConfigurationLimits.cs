namespace KvmPS.Core.Machine;

/// <summary>What a machine's configuration may hold; parameters, files and their schema agree on these.</summary>
public static class ConfigurationLimits
{
    /// <summary>The least RAM in bytes: 64 KiB.</summary>
    public const long LeastMemoryBytes = 64 << 10;

    /// <summary>The most RAM in bytes: 1 PiB.</summary>
    public const long MostMemoryBytes = 1L << 50;

    /// <summary>The most vCPUs.</summary>
    public const int MostVcpus = 64;

    /// <summary>The highest number of a host CPU that a thread can be bound to: what the kernel is built for at most.</summary>
    public const int HighestHostCpu = 8191;

    /// <summary>How far the real-time clock may be off, in seconds: a hundred years of 365.25 days.</summary>
    public const long MostClockOffsetSeconds = 3_155_760_000;

    /// <summary>The least that is kept of a serial console, in bytes.</summary>
    public const int LeastSerialLogBytes = 4096;
}
