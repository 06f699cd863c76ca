using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Stops machines.</summary>
[Cmdlet(VerbsLifecycle.Stop, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM), typeof(Job))]
public sealed class StopKvmVMCommand : SlowActionCmdlet
{
    /// <summary>Pulls the plug: the guest is not asked.</summary>
    [Parameter]
    public SwitchParameter TurnOff { get; set; }

    /// <summary>Turns the machine off when it cannot be asked.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Action => TurnOff ? "Turn off" : "Stop";

    internal override void Change(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        if (vm.State is MachineState.Off) return;
        if (!TurnOff && !Force && vm.State != MachineState.Failed)
        {
            throw new KvmErrorException(
                KvmErrorId.NoPowerButton,
                ErrorCategory.NotImplemented,
                $"Machine '{vm.Name}' has no power button, so that its guest cannot be asked to shut down.",
                $"Shut down from inside the guest, or pull the plug: Stop-KvmVM '{vm.Name}' -TurnOff");
        }

        vm.Machine.TurnOff(cancellation);
        LogFiles.Finish(output, vm, cancellation);
        output.WriteVerbose($"Turned machine '{vm.Name}' off.");
    }
}
