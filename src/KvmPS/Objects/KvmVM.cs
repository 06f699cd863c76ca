using System.Diagnostics;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>A virtual machine, live: every property tells what is so now. Getters never throw and never wait.</summary>
public sealed partial class KvmVM
{
    private readonly Lock _usageGate = new();
    private TimeSpan _usageCpu;
    private long _usageAt;
    private double _usage;

    internal KvmVM(MachineConfig config, Runspaces.Owner owner)
    {
        Machine = new VirtualMachine(config);
        Owner = owner;
        CreationTime = DateTime.Now;
    }

    /// <summary>What stands for a machine that is not in this process: it is no parameter's business to say so, and every cmdlet's.</summary>
    internal static KvmVM Absent(string name, KvmErrorException reason) =>
        new(new MachineConfig { Name = name, Boot = new CodeBoot(ReadOnlyMemory<byte>.Empty, default, 0), InterruptController = false }, Runspaces.Current) { Absence = reason };

    /// <summary>Why this machine cannot be used; null for one that is here.</summary>
    internal KvmErrorException? Absence { get; private init; }

    /// <summary>The name, unique in this process without regard to case.</summary>
    public string Name => Machine.Config.Name;

    /// <summary>Identifies the machine beyond its name.</summary>
    public Guid Id => Machine.Id;

    /// <summary>What it is doing.</summary>
    public MachineState State => Machine.State;

    /// <summary>One phrase about how it is: why it ended, or nothing to report.</summary>
    public string Status => LastExit is { } exit ? exit.ToString()
        : State == MachineState.Off ? "Not started"
        : PanicMessage is not null ? "Guest panicked"
        : "Operating normally";

    /// <summary>How many vCPUs it has.</summary>
    public int VcpuCount => Machine.Config.VcpuCount;

    /// <summary>Its RAM, in bytes.</summary>
    public long MemoryBytes => (long)Machine.Config.MemoryBytes;

    /// <summary>How long it has run, or ran.</summary>
    public TimeSpan Uptime => Machine.Uptime;

    /// <summary>CPU time of the present or last run, in the guest and for it.</summary>
    public TimeSpan CpuTime => Machine.Statistics.CpuTime;

    /// <summary>CPU use since the property was last read (at least half a second ago), in percent of one host CPU; 0 when the machine does not run.</summary>
    public double CpuUsage
    {
        get
        {
            if (State != MachineState.Running) return 0;
            lock (_usageGate)
            {
                TimeSpan cpu = CpuTime;
                TimeSpan uptime = Uptime;
                bool first = _usageAt == 0 || cpu < _usageCpu;
                TimeSpan interval = first ? uptime : Stopwatch.GetElapsedTime(_usageAt);
                if (interval < TimeSpan.FromSeconds(0.5) && !first) return _usage;
                _usage = interval > TimeSpan.Zero ? Math.Round(100 * (cpu - (first ? TimeSpan.Zero : _usageCpu)) / interval, 1) : 0;
                _usageCpu = cpu;
                _usageAt = Stopwatch.GetTimestamp();
                return _usage;
            }
        }
    }

    /// <summary>Why the last run ended; None while it runs and before the first.</summary>
    public ExitReason ExitReason => Machine.LastExit?.Reason ?? ExitReason.None;

    /// <summary>The exit code that the guest gave to the debug-exit port.</summary>
    public int? ExitCode => Machine.LastExit?.ExitCode;

    /// <summary>One sentence about how the last run ended; null while it runs and before the first.</summary>
    public string? ExitMessage => Machine.LastExit?.Message;

    /// <summary>What the guest's kernel said when it panicked, while the machine is still on; null when it has not.</summary>
    public string? PanicMessage => Machine.PanicMessage;

    /// <summary>How often the machine was reset since its start, by its guest or by <c>Restart-KvmVM</c>.</summary>
    public int ResetCount => Machine.Resets;

    /// <summary>The code that the guest wrote to port 0x680 when it was ready, since the last start or reset; null while it has not.</summary>
    public int? ReadyCode => Machine.Ready?.Code;

    /// <summary>From the start to the guest's word that it is ready; null while it has not said so.</summary>
    public TimeSpan? TimeToReady => Machine.TimeToReady;

    /// <summary>Where the vCPU was, when the last run ended with a fault.</summary>
    public KvmFault? Fault => Machine.LastExit?.Fault is { } fault ? new KvmFault(fault) : null;

    /// <summary>The kernel image; null for raw code and firmware.</summary>
    public string? Kernel => (Machine.Config.Boot as KernelBoot)?.Path;

    /// <summary>The initial RAM disks, or multiboot modules.</summary>
    public string[] Initrd => Machine.Config.Boot is KernelBoot kernel ? [.. kernel.Initrds.Select(static file => file.ToString())] : [];

    /// <summary>The kernel's command line; null for raw code and firmware.</summary>
    public string? CommandLine => (Machine.Config.Boot as KernelBoot)?.CommandLine;

    /// <summary>The firmware that it starts; null for kernels and raw code.</summary>
    public string? Firmware => (Machine.Config.Boot as FirmwareBoot)?.Path;

    /// <summary>Whether it has interrupt controllers and a timer; a machine with a kernel or firmware always has.</summary>
    public bool InterruptController => Machine.Config.InterruptController;

    /// <summary>Whether it has ACPI, which needs interrupt controllers.</summary>
    public bool Acpi => Machine.Config is { Acpi: true, InterruptController: true };

    /// <summary>CPU features that are hidden (-avx2) or insisted on (+x2apic); empty when all are as KVM offers them.</summary>
    public string[] CpuFeature => [.. Machine.Config.CpuFeatures];

    /// <summary>The host CPUs that vCPUs are bound to: one for each, or one for all; empty for any.</summary>
    public int[] VcpuAffinity => [.. Machine.Config.VcpuAffinity];

    /// <summary>Whether the host is asked for huge pages behind its RAM.</summary>
    public bool HugePages => Machine.Config.HugePages;

    /// <summary>How many bytes of its RAM the host backs with huge pages at this moment, when it was asked for them; it gives them as the guest touches its memory.</summary>
    public long HugePageBytes => HugePages ? (long)Machine.HugePageBytes : 0;

    /// <summary>Whether the host gives it all its RAM before it runs.</summary>
    public bool Prefault => Machine.Config.Prefault;

    /// <summary>What its real-time clock is ahead of the host's.</summary>
    public TimeSpan ClockOffset => Machine.Config.ClockOffset;

    /// <summary>The images of its disks, in the order in which the guest finds them; <c>Get-KvmDisk</c> tells more.</summary>
    public string[] Disk => [.. Machine.Config.Disks.Where(static disk => disk.MemorySize is null).Select(static disk => disk.Path)];

    /// <summary>Whether the guest gets random bytes of the host.</summary>
    public bool EntropyDevice => Machine.Config.EntropyDevice;

    /// <summary>Which line is its console.</summary>
    public MachineConsole Console => Machine.Config.Console;

    /// <summary>The names of its channels to programs in the guest, ports of a virtio console.</summary>
    public string[] ConsolePort => [.. Machine.Config.ConsolePorts];

    /// <summary>What becomes of it when its guest resets it.</summary>
    public ResetAction OnReset => Machine.Config.OnReset;

    /// <summary>What becomes of it when its guest's kernel panics.</summary>
    public PanicAction OnPanic => Machine.Config.OnPanic;

    /// <summary>The file that gets every byte of its console; null for none.</summary>
    public string? SerialLogPath => Machine.Config.SerialLogPath;

    /// <summary>When the machine was made.</summary>
    public DateTime CreationTime { get; }

    /// <summary>How many serial ports it has, from COM1 on.</summary>
    public int SerialPortCount => Machine.Config.SerialPortCount;

    /// <summary>Bytes that the guest has written to its console since the run began.</summary>
    public long SerialBytes => Machine.Serial?.Log.TotalBytes ?? 0;

    /// <summary>What the guest has written to the debug console, port 0xE9, since the run began.</summary>
    public string DebugConsoleText => Machine.DebugConsoleText;

    /// <summary>The newest codes that the guest has written to the diagnostic port 0x80, oldest first, at most 256.</summary>
    public KvmPostCode[] PostCodes => KvmPostCode.From(Machine.PostCodes);

    /// <summary>From the start of the run to the first byte on the console or COM1.</summary>
    public TimeSpan? TimeToFirstByte => Machine.TimeToFirstByte;

    /// <summary>Exits of the vCPUs since the last start.</summary>
    public long Exits => Machine.Statistics.Exits;

    /// <summary>The same by reason; reasons that never came are left out.</summary>
    public IReadOnlyDictionary<string, long> ExitCounts => ExitCount.ByName(Machine.Statistics);

    /// <summary>Whether its guest's panic has paused it (<c>-OnPanic Pause</c>): nothing more comes from it.</summary>
    internal bool IsHeldByPanic => State == MachineState.Paused && PanicMessage is not null;

    /// <summary>How the last run ended, as errors carry it: one level deeper than a property of this object may be.</summary>
    internal KvmExit? LastExit => Machine.LastExit is { } exit ? new KvmExit(exit) : null;

    internal VirtualMachine Machine { get; }

    internal Runspaces.Owner Owner { get; }

    internal ReaderCursors Readers { get; } = new();

    /// <summary>The host's end of the console of the present or last run.</summary>
    /// <exception cref="KvmErrorException">There is none, because the machine was never started.</exception>
    internal SerialPort ConsoleEnd => Machine.Serial ?? throw MachineErrors.NeverStarted(this);

    /// <summary>A port of the present or last run.</summary>
    /// <param name="name">Its number or name, as in <c>2</c>, <c>COM2</c>, <c>ttyS1</c>, <c>hvc0</c>, or that of a console port; empty for the console.</param>
    /// <exception cref="KvmErrorException">The machine was never started, or has no such port.</exception>
    internal SerialPort SerialPort(string name)
    {
        SerialPort console = ConsoleEnd;
        if (name.Length == 0) return console;
        IReadOnlyList<SerialPort> ports = Machine.SerialPorts;
        SerialPort? port = ConsolePortNames.SerialPort(name) is { } number
            ? ports.ElementAtOrDefault(number - 1)
            : Machine.VirtioPorts.FirstOrDefault(port => port.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return port ?? throw MachineErrors.NoSerialPort(this, name, [.. ports.Concat(Machine.VirtioPorts).Select(static port => port.Name)]);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
