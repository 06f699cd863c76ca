using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Stops machines: asks their guests by the power button, or pulls the plug.</summary>
[Cmdlet(VerbsLifecycle.Stop, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM), typeof(Job))]
public sealed class StopKvmVMCommand : SlowActionCmdlet
{
    /// <summary>Pulls the plug: the guest is not asked.</summary>
    [Parameter]
    public SwitchParameter TurnOff { get; set; }

    /// <summary>Pulls the plug when the guest cannot be asked, or has not shut down in time.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How long the guest may take to shut down, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    private protected override string Action => TurnOff ? "Turn off" : "Stop";

    internal override void Change(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        if (vm.State is MachineState.Off) return;
        if (TurnOff || vm.State == MachineState.Failed || !HasShutDown(vm, output, cancellation))
        {
            vm.Machine.TurnOff(cancellation);
            output.WriteVerbose($"Turned machine '{vm.Name}' off.");
        }

        LogFiles.Finish(output, vm, cancellation);
    }

    /// <summary>Asks the guest, and waits. False: with <c>-Force</c> the plug is to be pulled.</summary>
    private bool HasShutDown(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        if (!TryAsk(vm, output)) return false;
        using var progress = new WaitProgress(output, vm, $"Waiting for '{vm.Name}' to shut down", Timeout);
        if (progress.While(rest => vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, rest, cancellation)))
        {
            output.WriteVerbose($"Machine '{vm.Name}' ended: {vm.ExitReason}.");
            return true;
        }

        if (Force) return false;
        throw MachineErrors.StopTimeout(
            vm, Timeout, $"Look at its console: Read-KvmSerial '{vm.Name}' -Tail 40. Give it more time with -Timeout, or pull the plug: Stop-KvmVM '{vm.Name}' -TurnOff");
    }

    private bool TryAsk(KvmVM vm, ICmdletOutput output)
    {
        try
        {
            vm.Machine.PressPowerButton();
            output.WriteVerbose($"Pressed the power button of machine '{vm.Name}'.");
            return true;
        }
        catch (Exception exception) when (Force && exception is NoPowerButtonException or MachineStateException)
        {
            output.WriteVerbose($"{exception.Message} Its plug is pulled.");
            return false;
        }
    }
}
