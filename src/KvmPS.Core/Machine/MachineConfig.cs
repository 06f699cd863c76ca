namespace KvmPS.Core.Machine;

/// <summary>Everything that a machine is made from. Nothing of the host is held by it.</summary>
public sealed record MachineConfig
{
    /// <summary>RAM of a machine that does not say how much: 128 MiB.</summary>
    public const ulong DefaultMemoryBytes = 128ul << 20;

    /// <summary>The serial ports of a PC, COM1 to COM4.</summary>
    public const int MostSerialPorts = 4;

    /// <summary>The serial ports of a machine that does not say how many.</summary>
    public const int DefaultSerialPorts = 4;

    /// <summary>Disks and other virtio devices: as many as the I/O APIC has inputs for, each its own.</summary>
    public const int MostVirtioDevices = 16;

    /// <summary>The terminal of the virtio console, as Linux calls it.</summary>
    public const string VirtioConsoleName = "hvc0";

    /// <summary>The most <see cref="ConsolePorts"/>: each has two queues, and a thread for each.</summary>
    public const int MostConsolePorts = 15;

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

    /// <summary>
    /// Whether the machine has ACPI: power management, and for a kernel the tables that describe it. Only with interrupt controllers; the MP table stays.
    /// </summary>
    public bool Acpi { get; init; } = true;

    /// <summary>Whether the machine has what <see cref="Acpi"/> asks for: the system control interrupt needs a controller.</summary>
    internal bool HasPowerManagement => Acpi && InterruptController;

    /// <summary>CPU features to hide (<c>-avx2</c>) or to ask for (<c>+x2apic</c>), by the names of /proc/cpuinfo.</summary>
    public IReadOnlyList<string> CpuFeatures { get; init; } = [];

    /// <summary>The host CPUs that vCPU threads may run on: one entry for each vCPU, or one for all; empty for any.</summary>
    public IReadOnlyList<int> VcpuAffinity { get; init; } = [];

    /// <summary>Whether to ask the host for huge pages behind the guest's RAM.</summary>
    public bool HugePages { get; init; }

    /// <summary>Whether the host gives the machine all its RAM before it runs, instead of page by page as it touches it.</summary>
    public bool Prefault { get; init; }

    /// <summary>What the real-time clock is ahead of the host's, in universal time.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>What becomes of the machine when its guest resets it, or meets a triple fault.</summary>
    public ResetAction OnReset { get; init; } = ResetAction.Stop;

    /// <summary>What becomes of the machine when its guest's kernel panics.</summary>
    public PanicAction OnPanic { get; init; } = PanicAction.Stop;

    /// <summary>How many serial ports there are, from COM1 on: 1 to 4. The first is the console.</summary>
    public int SerialPortCount { get; init; } = DefaultSerialPorts;

    /// <summary>The disks, in the order in which the guest finds them.</summary>
    public IReadOnlyList<DiskConfig> Disks { get; init; } = [];

    /// <summary>Whether the guest gets random bytes from the host (virtio-rng).</summary>
    public bool EntropyDevice { get; init; }

    /// <summary>Which line is the console.</summary>
    public MachineConsole Console { get; init; }

    /// <summary>The names of channels between programs in the guest and the host, ports of a virtio console.</summary>
    public IReadOnlyList<string> ConsolePorts { get; init; } = [];

    /// <summary>Whether there is a virtio console.</summary>
    public bool HasConsoleDevice => Console == MachineConsole.Hvc0 || ConsolePorts.Count > 0;

    /// <summary>The places of its virtio devices: disks first, so that the guest's names do not depend on the others.</summary>
    internal IEnumerable<VirtioSlot> VirtioSlots => Enumerable.Range(0, VirtioDeviceCount).Select(static index => new VirtioSlot(index));

    /// <summary>How many virtio devices it has.</summary>
    public int VirtioDeviceCount => Disks.Count + (EntropyDevice ? 1 : 0) + (HasConsoleDevice ? 1 : 0);

    /// <summary>A file that gets every byte of the console, or null.</summary>
    public string? SerialLogPath { get; init; }

    /// <summary>How many bytes of each serial port are kept in memory.</summary>
    public int SerialLogLimit { get; init; } = 16 << 20;
}
