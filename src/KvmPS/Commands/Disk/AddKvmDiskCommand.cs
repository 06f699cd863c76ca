using System.Management.Automation;
using KvmPS.Core.Block;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Gives machines a disk, while they are off.</summary>
[Cmdlet(VerbsCommon.Add, "KvmDisk", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmDisk))]
public sealed class AddKvmDiskCommand : DiskCmdlet
{
    /// <summary>The image: a path, a file, or an object of <c>Get-KvmDiskImage</c>.</summary>
    [Parameter(Position = 1)]
    [ImagePathTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string? Path { get; set; }

    /// <summary>Makes a disk of so many bytes in memory instead, empty at each start of the machine.</summary>
    [Parameter]
    [ValidateRange(512, long.MaxValue)]
    [ArgumentCompleter(typeof(SizeCompleter))]
    public long SizeBytes { get; set; }

    /// <summary>The disk's name in the machine; disk0, disk1, … when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The kind of image; found out when left out.</summary>
    [Parameter]
    public DiskImageFormat Format { get; set; }

    /// <summary>Refuses what the guest writes.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Keeps what the guest writes in memory, and forgets it at power-off.</summary>
    [Parameter]
    public SwitchParameter Ephemeral { get; set; }

    /// <summary>When a write of the guest is on the disk.</summary>
    [Parameter]
    public DiskCacheMode CacheMode { get; set; } = DiskCacheMode.WriteBack;

    /// <summary>The serial number that the guest reads: up to 20 characters of ASCII.</summary>
    [Parameter]
    [AllowEmptyString]
    public string SerialNumber { get; set; } = "";

    /// <summary>Requests a second at most; 0 for any number.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaximumIops { get; set; }

    /// <summary>Bytes a second at most; 0 for any number.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    [ArgumentCompleter(typeof(SizeCompleter))]
    public long MaximumBytesPerSecond { get; set; }

    /// <summary>How many queues the guest may use at once; one a vCPU when left out.</summary>
    [Parameter]
    [ValidateRange(0, ConfigurationLimits.MostVcpus)]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int QueueCount { get; set; }

    /// <summary>Writes the disk when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Process(KvmVM vm)
    {
        bool isInMemory = MyInvocation.BoundParameters.ContainsKey(nameof(SizeBytes));
        if (isInMemory == Path is not null) throw DiskErrors.Invalid("a disk has an image, or a size in memory", "Give -Path, or -SizeBytes for a disk in memory; New-KvmDiskImage makes images.");
        if (isInMemory && DiskNames.SizeProblemOf(SizeBytes) is { } wrongSize) throw DiskErrors.Invalid(wrongSize, "Give such a -SizeBytes.");
        bool hasFormat = MyInvocation.BoundParameters.ContainsKey(nameof(Format));
        if (isInMemory && hasFormat) throw DiskErrors.Invalid("a disk in memory has no format", "Leave -Format out.");
        string path = Path is null ? "" : ResolveFile(Path);
        if (Name is not null && DiskNames.ProblemOf(Name) is { } wrongName) throw DiskErrors.Invalid(wrongName, "Give another -Name.");
        if (DiskNames.SerialProblemOf(SerialNumber) is { } wrongSerial) throw DiskErrors.Invalid(wrongSerial, "Give another -SerialNumber.");
        DiskErrors.RequireOff(vm, "get a disk");
        if (!isInMemory) DiskErrors.RequireFile(path);
        var wish = new DiskConfig
        {
            Name = Name ?? DiskNames.Next(vm.Machine.Config.Disks),
            Path = path,
            MemorySize = isInMemory ? SizeBytes : null,
            Format = hasFormat ? Format : null,
            ReadOnly = ReadOnly,
            Ephemeral = Ephemeral,
            CacheMode = CacheMode,
            SerialNumber = SerialNumber,
            MaximumIops = MaximumIops,
            MaximumBytesPerSecond = MaximumBytesPerSecond,
            QueueCount = QueueCount,
        };
        ConfigurationRules.Require(With(vm.Machine.Config, wish));
        if (!ShouldProcess($"Virtual machine '{vm.Name}'", $"Add disk '{wish.Name}' with {(isInMemory ? "" : "image ")}{ConfigurationText.Disk(wish)}")) return;
        vm.Machine.Reconfigure(config => With(config, wish));
        WriteVerbose($"Added disk '{wish.Name}' to machine '{vm.Name}'.");
        if (PassThru) WriteObject(KvmDisk.Of(vm).Single(disk => DiskNames.AreSame(disk.Name, wish.Name)));
    }

    private MachineConfig With(MachineConfig config, DiskConfig wish)
    {
        // Somebody else may have added one meanwhile: a name that nobody chose gives way.
        if (config.Disks.Any(disk => DiskNames.AreSame(disk.Name, wish.Name)))
            wish = Name is null ? wish with { Name = DiskNames.Next(config.Disks) } : throw DiskErrors.AlreadyExists(config.Name, wish.Name);
        return config with { Disks = [.. config.Disks, wish] };
    }
}
