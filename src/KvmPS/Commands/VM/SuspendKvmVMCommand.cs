using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Pauses machines: their vCPUs stand still between two instructions.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "KvmVM", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class SuspendKvmVMCommand : MachineActionCmdlet
{
    private protected override string Action => "Suspend";

    internal override void Change(KvmVM vm)
    {
        vm.Machine.Pause(Cancellation);
        if (vm.State is MachineState.Off or MachineState.Failed) throw MachineErrors.Ended(vm, "its vCPUs to stand still"); // by itself, meanwhile
    }
}
