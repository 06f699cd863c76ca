using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Makes a machine that is off.</summary>
[Cmdlet(VerbsCommon.New, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ForKernel)]
[OutputType(typeof(KvmVM))]
public sealed class NewKvmVMCommand : MachineConfigCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        KvmVM vm = CreateMachine();
        if (!ShouldMake(vm, $"Create with {Describe(vm)}")) return;
        MachineRegistry.Add(vm);
        WriteVerbose($"Created machine '{vm.Name}'.");
        WriteObject(vm);
    });
}
