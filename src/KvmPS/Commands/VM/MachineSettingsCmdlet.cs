using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>The settings that every machine has, whatever it runs; shared by the cmdlets that make, plan and change machines.</summary>
public abstract class MachineSettingsCmdlet : KvmCmdlet
{
    /// <summary>RAM in bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MemoryStartupBytes")]
    [ConvertEarly(typeof(long))]
    [ValidateRange(ConfigurationLimits.LeastMemoryBytes, ConfigurationLimits.MostMemoryBytes)]
    [ArgumentCompleter(typeof(SizeCompleter))]
    public long MemoryBytes { get; set; } = (long)MachineConfig.DefaultMemoryBytes;

    /// <summary>How many vCPUs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(int))]
    [ValidateRange(1, ConfigurationLimits.MostVcpus)]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int VcpuCount { get; set; } = 1;

    /// <summary>How many serial ports, from COM1 (the console) on.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(int))]
    [ValidateRange(1, MachineConfig.MostSerialPorts)]
    [ArgumentCompleter(typeof(SerialPortCountCompleter))]
    public int SerialPortCount { get; set; } = MachineConfig.DefaultSerialPorts;

    /// <summary>CPU features to hide (<c>-avx2</c>) or to insist on (<c>+x2apic</c>), by the names of /proc/cpuinfo.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(string[]))]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(CpuFeatureCompleter))]
    public string[] CpuFeature { get; set; } = [];

    /// <summary>The host CPUs that vCPUs may run on: one for each vCPU, or one for all.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(int[]))]
    [AllowEmptyCollection]
    [ValidateRange(0, ConfigurationLimits.HighestHostCpu)]
    [ArgumentCompleter(typeof(HostCpuCompleter))]
    public int[] VcpuAffinity { get; set; } = [];

    /// <summary>Gives the machine no ACPI tables and no power button.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter NoAcpi { get; set; }

    /// <summary>Asks the host for huge pages behind the machine's RAM.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter HugePages { get; set; }

    /// <summary>Takes all RAM from the host before the machine runs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Prefault { get; set; }

    /// <summary>What the real-time clock is ahead of the host's, in seconds or as a TimeSpan; negative when it is behind.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [OffsetTransformation]
    public TimeSpan ClockOffset { get; set; }

    /// <summary>Disk images, in the order in which the guest finds them: paths, files, or objects of <c>Get-KvmDiskImage</c>.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ImagePathTransformation]
    [AllowEmptyCollection]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string[] Disk { get; set; } = [];

    /// <summary>Keeps what the guest writes to these disks in memory, and forgets it at power-off: the images stay as they are.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Ephemeral { get; set; }

    /// <summary>Gives the guest random bytes of the host (virtio-rng).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter EntropyDevice { get; set; }

    /// <summary>Which line is the console: <c>ttyS0</c>, the serial port COM1, or <c>hvc0</c>, a virtio console.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(MachineConsole))]
    public MachineConsole Console { get; set; } = MachineConsole.TtyS0;

    /// <summary>The names of channels between programs in the guest and the host, ports of a virtio console.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(string[]))]
    [AllowEmptyCollection]
    [ValidateCount(0, MachineConfig.MostConsolePorts)]
    [ValidateConsolePortName]
    public string[] ConsolePort { get; set; } = [];

    /// <summary>What becomes of the machine when its guest resets it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(ResetAction))]
    public ResetAction OnReset { get; set; } = ResetAction.Stop;

    /// <summary>What becomes of the machine when its guest's kernel panics.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(PanicAction))]
    public PanicAction OnPanic { get; set; } = PanicAction.Stop;

    /// <summary>A file that gets every byte of the console; empty for none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(LogPathCompleter))]
    public string? SerialLogPath { get; set; }

    /// <summary>Whether somebody gave a parameter, so that it counts over what a file or a machine says.</summary>
    private protected virtual bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>A configuration with the settings that were given over it.</summary>
    private protected MachineConfig WithSettings(MachineConfig config)
    {
        if (IsBound(nameof(MemoryBytes))) config = config with { MemoryBytes = (ulong)MemoryBytes };
        if (IsBound(nameof(VcpuCount))) config = config with { VcpuCount = VcpuCount };
        if (IsBound(nameof(SerialPortCount))) config = config with { SerialPortCount = SerialPortCount };
        if (IsBound(nameof(CpuFeature))) config = config with { CpuFeatures = CpuFeature };
        if (IsBound(nameof(VcpuAffinity))) config = config with { VcpuAffinity = VcpuAffinity };
        if (IsBound(nameof(NoAcpi))) config = config with { Acpi = !NoAcpi };
        if (IsBound(nameof(HugePages))) config = config with { HugePages = HugePages };
        if (IsBound(nameof(Prefault))) config = config with { Prefault = Prefault };
        if (IsBound(nameof(ClockOffset))) config = config with { ClockOffset = ClockOffset };
        if (IsBound(nameof(Disk))) config = config with { Disks = DisksOf(Disk) };
        if (IsBound(nameof(Ephemeral))) config = config with { Disks = [.. config.Disks.Select(disk => disk with { Ephemeral = Ephemeral })] };
        if (IsBound(nameof(EntropyDevice))) config = config with { EntropyDevice = EntropyDevice };
        if (IsBound(nameof(Console))) config = config with { Console = Console };
        if (IsBound(nameof(ConsolePort))) config = config with { ConsolePorts = ConsolePort };
        if (IsBound(nameof(OnReset))) config = config with { OnReset = OnReset };
        if (IsBound(nameof(OnPanic))) config = config with { OnPanic = OnPanic };
        if (IsBound(nameof(SerialLogPath))) config = config with { SerialLogPath = string.IsNullOrEmpty(SerialLogPath) ? null : ResolveFile(SerialLogPath) };
        return config;
    }

    private List<DiskConfig> DisksOf(string[] paths)
    {
        List<DiskConfig> disks = [];
        foreach (string path in paths) disks.Add(new DiskConfig { Name = DiskNames.Next(disks), Path = ResolveFile(path) });
        return disks;
    }

    /// <summary>A file with arguments behind a blank, as boot loaders write modules. Blanks in the file's own name are no trouble when the file is there.</summary>
    private protected InitrdFile ResolveInitrd(string text)
    {
        string whole = ResolveFile(text);
        for (int blank = text.IndexOf(' ', StringComparison.Ordinal); blank > 0 && !File.Exists(whole); blank = text.IndexOf(' ', blank + 1))
        {
            string path = ResolveFile(text[..blank]);
            if (File.Exists(path)) return new InitrdFile(path, text[(blank + 1)..]);
        }

        return whole;
    }
}
