using System.Management.Automation;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Changes what machines are made from, while they are off.</summary>
[Cmdlet(VerbsCommon.Set, "KvmVM", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class SetKvmVMCommand : MachineSettingsCmdlet
{
    private const string ByName = "Name";
    private const string ByObject = "VM";

    private HashSet<string> _typed = [];

    /// <summary>Names or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VMName")]
    [MachineNameTransformation("Name", "VMName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>The kernel image; a machine with something else runs the kernel from then on.</summary>
    [Parameter]
    [Alias("KernelPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KernelPathCompleter))]
    public string? Kernel { get; set; }

    /// <summary>Initial RAM disks, or multiboot modules; empty for none.</summary>
    [Parameter]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(InitrdPathCompleter))]
    public string[]? Initrd { get; set; }

    /// <summary>The kernel's command line.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? CommandLine { get; set; }

    /// <summary>Raw machine code; a machine with something else runs the code from then on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public byte[]? Code { get; set; }

    /// <summary>The mode in which the CPU enters raw code.</summary>
    [Parameter]
    public CpuMode CpuMode { get; set; }

    /// <summary>Where raw code lies in guest memory, which is also its entry.</summary>
    [Parameter]
    public ulong LoadAddress { get; set; }

    /// <summary>The firmware of a PC; a machine with something else runs the firmware from then on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FirmwarePathCompleter))]
    public string? Firmware { get; set; }

    /// <summary>Gives a machine with raw code interrupt controllers and a timer.</summary>
    [Parameter]
    public SwitchParameter InterruptController { get; set; }

    /// <summary>Writes the machine when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _typed = new HashSet<string>(MyInvocation.BoundParameters.Keys, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override void ProcessRecord() => MachineResolver.ForEach(VM, Name, ForItem, Change);

    /// <summary>A piped machine has properties of the settings' names: they are what it is, and nobody's wish.</summary>
    private protected override bool IsBound(string parameter) => ParameterSetName == ByObject ? _typed.Contains(parameter) : base.IsBound(parameter);

    private void Change(KvmVM vm)
    {
        if (vm.State is not (MachineState.Off or MachineState.Failed)) throw MachineErrors.NotOff(vm);
        MachineConfig before = vm.Machine.Config;
        bool hasCommandLine = CommandLine is not null || MachineChecks.HasOwnCommandLine(before);
        MachineConfig after = MachineChecks.Complete(Apply(before), hasCommandLine);
        IReadOnlyList<string> changes = ConfigurationText.Changes(before, after);
        if (changes.Count == 0)
        {
            WriteVerbose($"Machine '{vm.Name}' is so already.");
        }
        else
        {
            if (!ShouldProcess($"Virtual machine '{vm.Name}'", $"Set {string.Join("; ", changes)}")) return;
            // Somebody else's change since then is kept: the parameters are put over it.
            vm.Machine.Reconfigure(current => ReferenceEquals(current, before) ? after : Apply(current));
            WriteVerbose($"Changed machine '{vm.Name}': {string.Join("; ", changes)}.");
        }

        if (PassThru) WriteObject(vm);
    }

    private MachineConfig Apply(MachineConfig config)
    {
        BootSource boot = config.Boot;
        var arguments = new BootArguments
        {
            Kernel = Kernel is null ? null : ResolveFile(Kernel),
            Initrds = Initrd is null ? null : [.. Initrd.Select(ResolveInitrd)],
            CommandLine = CommandLine,
            Code = Code,
            Mode = IsBound(nameof(CpuMode)) ? CpuMode : null,
            LoadAddress = IsBound(nameof(LoadAddress)) ? LoadAddress : null,
            Firmware = Firmware is null ? null : ResolveFile(Firmware),
        };
        if (arguments != new BootArguments()) boot = arguments.Over(boot);

        // Kernels and firmware have interrupt controllers, and code that takes their place has them only when somebody says so.
        bool interrupts = boot is not CodeBoot || (IsBound(nameof(InterruptController)) ? InterruptController.IsPresent : config.Boot is CodeBoot && config.InterruptController);
        config = config with { Boot = boot, InterruptController = interrupts };
        return WithSettings(config);
    }
}
