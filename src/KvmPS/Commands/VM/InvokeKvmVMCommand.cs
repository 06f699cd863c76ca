using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>One shot: makes a machine, runs it to its end, collects what it did, frees it.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ForKernel)]
[OutputType(typeof(KvmRunResult), typeof(Job))]
public sealed class InvokeKvmVMCommand : MachineConfigCmdlet
{
    /// <summary>How long the machine may run, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    /// <summary>Returns a job at once, and runs the machine in it.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        KvmVM vm = CreateMachine();
        RequireEnd(vm);
        if (!ShouldMake(vm, $"Create with {Describe(vm)}, run to its end, and remove")) return;
        MachineRegistry.Add(vm);
        Perform(AsJob, vm, (output, cancellation) => RunAndRemove(vm, output, cancellation));
    });

    /// <summary>A machine that is paused by its guest's panic does not end, and nobody could look at it behind this cmdlet's back.</summary>
    private static void RequireEnd(KvmVM vm)
    {
        if (vm.OnPanic != PanicAction.Pause) return;
        throw ConfigurationRules.Invalid(
            "-OnPanic Pause holds a machine still, and Invoke-KvmVM waits for its end.",
            "Give -OnPanic Stop. To look at a machine whose kernel has panicked, make it with New-KvmVM and start it with Start-KvmVM.");
    }

    private void RunAndRemove(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        try
        {
            Run(vm, output, cancellation);
        }
        finally
        {
            vm.Machine.Dispose();
            MachineRegistry.Remove(vm);
        }
    }

    private void Run(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested(); // a job may be stopped before it has begun; its machine is removed all the same
        vm.Machine.Start();
        output.WriteVerbose($"Started machine '{vm.Name}'.");
        bool ended;
        using (var progress = new WaitProgress(output, vm, $"Running '{vm.Name}'", Timeout))
            ended = progress.While(rest => vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, rest, cancellation));
        if (!ended)
        {
            vm.Machine.TurnOff();
            var timeout = new KvmErrorException(
                KvmErrorId.RunTimeout,
                ErrorCategory.OperationTimeout,
                $"Machine '{vm.Name}' did not end within {Timeout.TotalSeconds:0.###} seconds and was turned off.",
                "Give it more time with -Timeout; the result's SerialText shows how far it came.")
            {
                ConsoleTail = MachineErrors.ConsoleTail(vm),
            };
            output.WriteError(timeout.ToErrorRecord(vm));
        }

        LogFiles.Finish(output, vm, cancellation);
        LogFiles.WarnOfError(output, vm, vm.ConsoleEnd);
        var result = new KvmRunResult(vm);
        output.WriteVerbose($"Machine '{vm.Name}' ended: {result.ExitReason} after {result.Duration.TotalSeconds:F3} s and {vm.Exits} exits.");
        output.WriteObject(result);
    }
}
