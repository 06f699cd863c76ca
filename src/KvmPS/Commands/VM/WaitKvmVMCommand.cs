using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>What <c>Wait-KvmVM</c> can wait for.</summary>
public enum KvmWaitTarget
{
    /// <summary>The machine's end, whatever the reason.</summary>
    Off,

    /// <summary>The machine runs.</summary>
    Running,

    /// <summary>The guest has said that it is ready, by a write to port 0x680.</summary>
    Ready,
}

/// <summary>Waits until machines are off, running, or ready. Ends at once on Ctrl+C.</summary>
[Cmdlet(VerbsLifecycle.Wait, "KvmVM", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM), typeof(Job))]
public sealed class WaitKvmVMCommand : MachineCmdlet
{
    /// <summary>What to wait for.</summary>
    [Parameter]
    public KvmWaitTarget For { get; set; } = KvmWaitTarget.Off;

    /// <summary>How long, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    /// <summary>Returns a job for each machine, and waits in it.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    internal override void Process(KvmVM vm) => Perform(AsJob, vm, (output, cancellation) => Wait(vm, output, cancellation));

    private void Wait(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        using var progress = new WaitProgress(output, vm, $"Waiting for '{vm.Name}' to be {For}", Timeout);
        if (!progress.While(rest => For == KvmWaitTarget.Ready ? vm.Machine.WaitForReady(rest, cancellation) : vm.Machine.WaitFor(_ => IsOver(vm), rest, cancellation)))
            throw StillWaiting(vm);

        if (vm.State is MachineState.Off or MachineState.Failed) LogFiles.Finish(output, vm, cancellation);
        bool arrived = HasArrived(vm);
        if (!arrived || vm.State == MachineState.Failed) output.WriteError(MachineErrors.Ended(vm, $"state {For}").ToErrorRecord(vm));
        if (arrived) output.WriteObject(vm);
    }

    /// <summary>Whether there is nothing more to wait for: what is waited for has come, or cannot come any more.</summary>
    private bool IsOver(KvmVM vm) => HasArrived(vm) || vm.State == MachineState.Failed || vm.IsHeldByPanic;

    private bool HasArrived(KvmVM vm) => For switch
    {
        KvmWaitTarget.Off => vm.State is MachineState.Off or MachineState.Failed,
        KvmWaitTarget.Ready => vm.ReadyCode is not null,
        _ => vm.State == MachineState.Running,
    };

    private KvmErrorException StillWaiting(KvmVM vm) => new(
        KvmErrorId.WaitTimeout,
        ErrorCategory.OperationTimeout,
        For == KvmWaitTarget.Ready
            ? $"The guest of machine '{vm.Name}' has not said that it is ready within {Timeout.TotalSeconds:0.###} seconds."
            : $"Machine '{vm.Name}' is still {vm.State} after {Timeout.TotalSeconds:0.###} seconds.",
        $"Look at its console: Read-KvmSerial '{vm.Name}' -Tail 40. It keeps running; wait longer with -Timeout, or end it: Stop-KvmVM '{vm.Name}' -TurnOff")
    {
        ConsoleTail = MachineErrors.ConsoleTail(vm),
    };
}
