using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Removes machines, ending them first if they run.</summary>
[Cmdlet(VerbsCommon.Remove, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class RemoveKvmVMCommand : MachineActionCmdlet
{
    private protected override string Action => "Remove";

    internal override void Change(KvmVM vm)
    {
        vm.Machine.Dispose();
        MachineRegistry.Remove(vm);
        LogFiles.Finish(this, vm, Cancellation);
        WriteVerbose($"Removed machine '{vm.Name}'.");
    }
}
