using System.Management.Automation;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Tells how a machine would boot, without making or starting it.</summary>
[Cmdlet(VerbsCommon.Get, "KvmBootPlan", DefaultParameterSetName = ForKernel)]
[OutputType(typeof(KvmBootPlan))]
public sealed class GetKvmBootPlanCommand : MachineBootCmdlet
{
    private const string ByName = "Name";
    private const string ByObject = "VM";

    /// <summary>No machine can have this name, and a plan does not show it: none is taken for a plan.</summary>
    private const string NewMachine = "*";

    /// <summary>Names or wildcard patterns of machines.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? VMName { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName is ByName or ByObject) WritePlans(VM, VMName);
        else if (IsMachine(Kernel)) WritePlans(null, [Kernel]);
        else ForItem(IsBound(nameof(Kernel)) ? Kernel : IsBound(nameof(Firmware)) ? Firmware : null, () => BuildConfig(NewMachine, Write));
    }

    /// <summary>A first argument is a kernel's path; it may be a machine's name where there is no such file.</summary>
    private bool IsMachine(string text)
    {
        bool isMachine = false;
        if (ParameterSetName == ForKernel && MachineRegistry.Contains(text)) ForItem(text, () => isMachine = !File.Exists(ResolveFile(text)));
        return isMachine;
    }

    private void WritePlans(KvmVM[]? machines, string[]? names) =>
        MachineResolver.ForEach(machines, names, ForItem, vm => MachineChecks.Complete(WithSettings(vm.Machine.Config), MachineChecks.HasOwnCommandLine(vm.Machine.Config), Write));

    private void Write(BootImage image, MachineConfig config) => WriteObject(new KvmBootPlan(BootPlan.Of(image, config)));
}
