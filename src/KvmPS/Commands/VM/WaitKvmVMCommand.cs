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
}

/// <summary>Waits until machines are off, or running. Ends at once on Ctrl+C.</summary>
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
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    /// <summary>Returns a job for each machine, and waits in it.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    internal override void Process(KvmVM vm) => Perform(AsJob, vm, (output, cancellation) => Wait(vm, output, cancellation));

    private void Wait(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        using var progress = new WaitProgress(output, vm, $"Waiting for '{vm.Name}' to be {For}", Timeout);
        bool arrived = progress.While(rest => vm.Machine.WaitFor(IsOver, rest, cancellation));
        if (!arrived)
        {
            throw new KvmErrorException(
                KvmErrorId.WaitTimeout,
                ErrorCategory.OperationTimeout,
                $"Machine '{vm.Name}' is still {vm.State} after {Timeout.TotalSeconds:0.###} seconds.",
                $"Look at its console: Read-KvmSerial '{vm.Name}' -Tail 40. It keeps running; wait longer with -Timeout, or end it: Stop-KvmVM '{vm.Name}' -TurnOff")
            {
                ConsoleTail = MachineErrors.ConsoleTail(vm),
            };
        }

        MachineState state = vm.State;
        if (state is MachineState.Off or MachineState.Failed) LogFiles.Finish(output, vm, cancellation);
        if (state == MachineState.Failed || (For == KvmWaitTarget.Running && state != MachineState.Running))
            output.WriteError(MachineErrors.Ended(vm, $"state {For}").ToErrorRecord(vm));
        if (For == KvmWaitTarget.Off || state == MachineState.Running) output.WriteObject(vm);
    }

    private bool IsOver(MachineState state) => For switch
    {
        KvmWaitTarget.Off => state is MachineState.Off or MachineState.Failed,
        _ => state is MachineState.Running or MachineState.Failed,
    };
}
