using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>One shot: makes a machine, runs it to its end, collects what it did, frees it.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ForKernel)]
[OutputType(typeof(KvmRunResult))]
public sealed class InvokeKvmVMCommand : MachineConfigCmdlet
{
    /// <summary>How long the machine may run, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        KvmVM vm = CreateMachine();
        if (!ShouldMake(vm, $"Create with {Describe(vm)}, run to its end, and remove")) return;
        MachineRegistry.Add(vm);
        try
        {
            Run(vm);
        }
        finally
        {
            vm.Machine.Dispose();
            MachineRegistry.Remove(vm);
        }
    });

    private void Run(KvmVM vm)
    {
        vm.Machine.Start();
        WriteVerbose($"Started machine '{vm.Name}'.");
        bool ended;
        using (var progress = new WaitProgress(this, vm, $"Running '{vm.Name}'", Timeout))
            ended = progress.While(rest => vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, rest, Cancellation));
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
            WriteError(timeout.ToErrorRecord(vm));
        }

        LogFiles.Finish(this, vm, Cancellation);
        LogFiles.WarnOfError(this, vm, vm.Console);
        var result = new KvmRunResult(vm);
        WriteVerbose($"Machine '{vm.Name}' ended: {result.ExitReason} after {result.Duration.TotalSeconds:F3} s and {vm.Exits} exits.");
        WriteObject(result);
    }
}
