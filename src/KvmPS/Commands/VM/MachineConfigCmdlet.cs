using System.Management.Automation;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>The parameters from which a machine is made; shared by <c>New-KvmVM</c> and <c>Invoke-KvmVM</c>.</summary>
public abstract class MachineConfigCmdlet : KvmCmdlet
{
    /// <summary>The set of parameters for kernel images.</summary>
    protected const string ForKernel = "Kernel";

    /// <summary>The set of parameters for raw code.</summary>
    protected const string ForCode = "Code";

    private const int MostVcpus = 64;

    private const string DefaultLinuxCommandLine = "console=ttyS0 reboot=k panic=-1";

    /// <summary>The name; vm1, vm2, … when it is left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateMachineName]
    public string? Name { get; set; }

    /// <summary>The kernel image: bzImage, ELF vmlinux or multiboot. A file from <c>Get-Item</c> may be piped in.</summary>
    [Parameter(ParameterSetName = ForKernel, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("KernelPath", "PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Kernel { get; set; } = "";

    /// <summary>Initial RAM disks; for multiboot images, the modules, each with its arguments after a blank.</summary>
    [Parameter(ParameterSetName = ForKernel, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Initrd { get; set; } = [];

    /// <summary>The kernel's command line; when it is left out, Linux gets its console on COM1, and a reset that ends the machine.</summary>
    [Parameter(ParameterSetName = ForKernel, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? CommandLine { get; set; }

    /// <summary>Raw machine code.</summary>
    [Parameter(ParameterSetName = ForCode, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(byte[]))]
    [ValidateNotNullOrEmpty]
    public byte[] Code { get; set; } = [];

    /// <summary>The mode in which the CPU enters raw code.</summary>
    [Parameter(ParameterSetName = ForCode, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(CpuMode))]
    public CpuMode CpuMode { get; set; } = CpuMode.Real;

    /// <summary>Where raw code lies in guest memory, which is also its entry.</summary>
    [Parameter(ParameterSetName = ForCode, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(ulong))]
    public ulong LoadAddress { get; set; } = MemoryLayout.RawCode;

    /// <summary>Gives a machine with raw code interrupt controllers and a timer; HLT then waits for an interrupt.</summary>
    [Parameter(ParameterSetName = ForCode, ValueFromPipelineByPropertyName = true)]
    public SwitchParameter InterruptController { get; set; }

    /// <summary>RAM in bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MemoryStartupBytes")]
    [ConvertEarly(typeof(long))]
    [ValidateRange(64 * 1024L, 1L << 50)]
    [ArgumentCompleter(typeof(SizeCompleter))]
    public long MemoryBytes { get; set; } = (long)MachineConfig.DefaultMemoryBytes;

    /// <summary>How many vCPUs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(int))]
    [ValidateRange(1, MostVcpus)]
    public int VcpuCount { get; set; } = 1;

    /// <summary>How many serial ports, from COM1 (the console) on.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(int))]
    [ValidateRange(1, MachineConfig.MostSerialPorts)]
    public int SerialPortCount { get; set; } = MachineConfig.DefaultSerialPorts;

    /// <summary>A file that gets every byte of the console.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? SerialLogPath { get; set; }

    /// <summary>How the last machine will boot; null when nobody asked, since finding a kernel's version reads much of it.</summary>
    private protected BootStory? Story { get; private set; }

    private bool WantsStory =>
        MyInvocation.BoundParameters.ContainsKey("Verbose") || MyInvocation.BoundParameters.ContainsKey("WhatIf")
        || GetVariableValue("VerbosePreference") is not (null or ActionPreference.SilentlyContinue)
        || GetVariableValue("WhatIfPreference") is true;

    /// <summary>What the machine is made of, in one phrase.</summary>
    private protected string Describe(KvmVM vm)
    {
        string boot = vm.Machine.Config.Boot is CodeBoot code ? $"{code.Code.Length} byte{(code.Code.Length == 1 ? "" : "s")} of {code.Mode} mode code at 0x{code.LoadAddress:x}" : $"kernel '{vm.Kernel}'";
        string story = vm.Kernel is not null && Story is { Summary: var summary } ? $" ({summary})" : "";
        return $"{vm.VcpuCount} vCPU, {vm.MemoryBytes >> 20} MiB, {boot}{story}";
    }

    /// <summary>A machine from the present parameters, checked as far as it can be without KVM, and not yet registered.</summary>
    private protected KvmVM CreateMachine()
    {
        MachineConfig config = BuildConfig();
        BootProtocol protocol = default;
        BootImages.Check(config.Boot, image =>
        {
            protocol = image.Protocol;
            Story = WantsStory ? BootStory.Of(image) : null;
        });
        foreach (string step in Story?.Steps ?? []) WriteVerbose(step);
        if (CommandLine is null && config.Boot is KernelBoot kernel && protocol is BootProtocol.Linux64 or BootProtocol.Linux32)
            config = config with { Boot = kernel with { CommandLine = DefaultLinuxCommandLine } };
        return new KvmVM(config, Runspaces.Current);
    }

    /// <summary>Asks whether to make a machine. One that is only talked about uses up no number.</summary>
    private protected bool ShouldMake(KvmVM vm, string action)
    {
        if (ShouldProcess($"Virtual machine '{vm.Name}'", action)) return true;
        if (Name is null) MachineRegistry.GiveBack(vm.Name);
        return false;
    }

    /// <summary>A file with arguments behind a blank, as boot loaders write modules. Blanks in the file's own name are no trouble when the file is there.</summary>
    private InitrdFile ResolveInitrd(string text)
    {
        string whole = ResolveFile(text);
        for (int blank = text.IndexOf(' ', StringComparison.Ordinal); blank > 0 && !File.Exists(whole); blank = text.IndexOf(' ', blank + 1))
        {
            string path = ResolveFile(text[..blank]);
            if (File.Exists(path)) return new InitrdFile(path, text[(blank + 1)..]);
        }

        return whole;
    }

    private MachineConfig BuildConfig()
    {
        if (Name is not null && MachineRegistry.Contains(Name)) throw MachineErrors.AlreadyExists(Name);
        bool interrupts = ParameterSetName == ForKernel || InterruptController;
        if (VcpuCount > 1 && !interrupts)
        {
            throw new KvmErrorException(
                KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, "Several vCPUs need interrupt controllers: nothing else can start the others.", "Add -InterruptController.");
        }

        return new MachineConfig
        {
            Name = Name ?? MachineRegistry.NextName(),
            Boot = ParameterSetName == ForKernel
                ? new KernelBoot(ResolveFile(Kernel)) { Initrds = [.. Initrd.Select(ResolveInitrd)], CommandLine = CommandLine ?? "" }
                : new CodeBoot(Code, CpuMode, LoadAddress),
            MemoryBytes = (ulong)MemoryBytes,
            VcpuCount = VcpuCount,
            InterruptController = interrupts,
            SerialPortCount = SerialPortCount,
            SerialLogPath = SerialLogPath is null ? null : ResolveFile(SerialLogPath),
        };
    }
}
