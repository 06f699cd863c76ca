namespace KvmPS.Core.Machine;

/// <summary>Everything that a machine is made from. Nothing of the host is held by it.</summary>
public sealed record MachineConfig
{
    /// <summary>RAM of a machine that does not say how much: 128 MiB.</summary>
    public const ulong DefaultMemoryBytes = 128ul << 20;

    /// <summary>The name; also in the names of the host's threads.</summary>
    public required string Name { get; init; }

    /// <summary>What to run.</summary>
    public required BootSource Boot { get; init; }

    /// <summary>RAM in bytes.</summary>
    public ulong MemoryBytes { get; init; } = DefaultMemoryBytes;

    /// <summary>How many vCPUs.</summary>
    public int VcpuCount { get; init; } = 1;

    /// <summary>Whether the machine has PIC, I/O APIC, local APICs and PIT, in the kernel. Without them HLT ends the machine.</summary>
    public bool InterruptController { get; init; } = true;

    /// <summary>A file that gets every byte of the serial console, or null.</summary>
    public string? SerialLogPath { get; init; }

    /// <summary>How many bytes of the serial console are kept in memory.</summary>
    public int SerialLogLimit { get; init; } = 16 << 20;
}
