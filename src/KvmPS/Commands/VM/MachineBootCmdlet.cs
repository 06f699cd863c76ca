using System.Management.Automation;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>The parameters that say what a new machine runs: a kernel, raw code, firmware, or what a configuration file says.</summary>
public abstract class MachineBootCmdlet : MachineSettingsCmdlet
{
    /// <summary>The set of parameters for kernel images.</summary>
    protected const string ForKernel = "Kernel";

    /// <summary>The set of parameters for raw code.</summary>
    protected const string ForCode = "Code";

    /// <summary>The set of parameters for firmware.</summary>
    protected const string ForFirmware = "Firmware";

    /// <summary>The set of parameters for a configuration file, with all others over it.</summary>
    protected const string FromFile = "Configuration";

    /// <summary>The kernel image: bzImage, ELF vmlinux or multiboot. A file from <c>Get-Item</c> may be piped in.</summary>
    [Parameter(ParameterSetName = ForKernel, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [Alias("KernelPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KernelPathCompleter))]
    public string Kernel { get; set; } = "";

    /// <summary>Initial RAM disks; for multiboot images, the modules, each with its arguments after a blank.</summary>
    [Parameter(ParameterSetName = ForKernel, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InitrdPathCompleter))]
    public string[] Initrd { get; set; } = [];

    /// <summary>The kernel's command line; when it is left out, Linux gets its console on COM1, and a reset that ends the machine.</summary>
    [Parameter(ParameterSetName = ForKernel, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? CommandLine { get; set; }

    /// <summary>Raw machine code.</summary>
    [Parameter(ParameterSetName = ForCode, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(byte[]))]
    [ValidateNotNullOrEmpty]
    public byte[] Code { get; set; } = [];

    /// <summary>The mode in which the CPU enters raw code.</summary>
    [Parameter(ParameterSetName = ForCode, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(CpuMode))]
    public CpuMode CpuMode { get; set; } = CpuMode.Real;

    /// <summary>Where raw code lies in guest memory, which is also its entry.</summary>
    [Parameter(ParameterSetName = ForCode, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(ulong))]
    public ulong LoadAddress { get; set; } = MemoryLayout.RawCode;

    /// <summary>Gives a machine with raw code interrupt controllers and a timer; HLT then waits for an interrupt.</summary>
    [Parameter(ParameterSetName = ForCode, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    public SwitchParameter InterruptController { get; set; }

    /// <summary>The firmware of a PC, which is started at its reset vector.</summary>
    [Parameter(ParameterSetName = ForFirmware, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = FromFile, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FirmwarePathCompleter))]
    public string Firmware { get; set; } = "";

    /// <summary>A configuration file of <c>Export-KvmVM</c>; other parameters count over what it says.</summary>
    [Parameter(ParameterSetName = FromFile, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ConfigurationPathCompleter))]
    public string ConfigurationPath { get; set; } = "";

    /// <summary>The configuration that the parameters make.</summary>
    /// <param name="name">The machine's name; null for the one in the file, or a new one.</param>
    /// <param name="look">Called with the result and its image, while that is open; null for nothing.</param>
    private protected MachineConfig BuildConfig(string? name, Action<BootImage, MachineConfig>? look)
    {
        MachineFile? file = ParameterSetName == FromFile ? ConfigurationFiles.Read(ResolveFile(ConfigurationPath)) : null;
        BootArguments arguments = Arguments();
        BootSource boot = arguments.Over(file?.Boot);
        name ??= file?.Name;
        if (name is not null && MachineRegistry.Contains(name)) throw MachineErrors.AlreadyExists(name);

        var config = new MachineConfig { Name = name ?? MachineRegistry.NextName(), Boot = boot, InterruptController = false };
        if (file is not null) config = file.Over(config);
        if (IsBound(nameof(InterruptController))) config = config with { InterruptController = InterruptController };
        if (boot is not CodeBoot) config = config with { InterruptController = true };
        return MachineChecks.Complete(WithSettings(config), arguments.CommandLine is not null || file is { Boot: KernelBoot, HasCommandLine: true }, look);
    }

    private BootArguments Arguments() => new()
    {
        Kernel = IsBound(nameof(Kernel)) ? ResolveFile(Kernel) : null,
        Initrds = IsBound(nameof(Initrd)) ? [.. Initrd.Select(ResolveInitrd)] : null,
        CommandLine = IsBound(nameof(CommandLine)) ? CommandLine : null,
        Code = IsBound(nameof(Code)) ? Code : null,
        Mode = IsBound(nameof(CpuMode)) ? CpuMode : null,
        LoadAddress = IsBound(nameof(LoadAddress)) ? LoadAddress : null,
        Firmware = IsBound(nameof(Firmware)) ? ResolveFile(Firmware) : null,
    };
}
