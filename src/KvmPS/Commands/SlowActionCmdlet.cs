using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet that changes machines and may take its time: <c>-AsJob</c> does it in the background.</summary>
public abstract class SlowActionCmdlet : MachineActionCmdlet
{
    /// <summary>Returns a job for each machine, and does the work in it.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    internal sealed override void Change(KvmVM vm) => Change(vm, this, Cancellation);

    /// <summary>The change itself, on the pipeline's thread or on a job's: it writes to <paramref name="output"/> and nowhere else.</summary>
    internal abstract void Change(KvmVM vm, ICmdletOutput output, CancellationToken cancellation);

    private protected sealed override void Act(KvmVM vm) => Perform(AsJob, vm, (output, cancellation) =>
    {
        cancellation.ThrowIfCancellationRequested(); // a job may be stopped before it has begun
        Change(vm, output, cancellation);
        if (PassThru) output.WriteObject(vm);
    });
}
