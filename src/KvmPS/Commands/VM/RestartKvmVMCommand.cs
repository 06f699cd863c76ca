using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Restarts machines: pulls the reset line, or asks their guests to shut down first.</summary>
[Cmdlet(VerbsLifecycle.Restart, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM), typeof(Job))]
public sealed class RestartKvmVMCommand : SlowActionCmdlet
{
    /// <summary>Asks the guest to shut down, by the power button, and restarts the machine when it has.</summary>
    [Parameter]
    public SwitchParameter Graceful { get; set; }

    /// <summary>With <c>-Graceful</c>: pulls the reset line when the guest cannot be asked, or has not shut down in time.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>With <c>-Graceful</c>: how long the guest may take to shut down, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    private protected override string Action => Graceful ? "Shut down and start again" : "Reset";

    internal override void Change(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        if (!Graceful || !TryGracefully(vm, output, cancellation)) vm.Machine.Reset();
        output.WriteVerbose($"Restarted machine '{vm.Name}'.");
    }

    /// <summary>Asks the guest, and waits. False: with <c>-Force</c> the reset line is to be pulled.</summary>
    private bool TryGracefully(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        try
        {
            if (vm.Machine.ResetGracefully(Timeout, cancellation)) return true;
        }
        catch (NoPowerButtonException deaf) when (Force)
        {
            output.WriteVerbose($"{deaf.Message} Its reset line is pulled.");
            return false;
        }

        if (Force) return false;
        throw MachineErrors.StopTimeout(vm, Timeout, $"Give it more time with -Timeout, or pull the reset line: Restart-KvmVM '{vm.Name}'");
    }
}
