using System.Diagnostics;
using System.Management.Automation;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>Starts machines.</summary>
[Cmdlet(VerbsLifecycle.Start, "KvmVM", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM), typeof(Job))]
public sealed class StartKvmVMCommand : SlowActionCmdlet
{
    private bool _tellsStory;

    private protected override string Action => "Start";

    /// <inheritdoc/>
    protected override void BeginProcessing() => _tellsStory = IsVerbose; // a job cannot ask the session later

    internal override void Change(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        if (_tellsStory && vm.State == MachineState.Off) Tell(StartStory.Before(vm));
        long start = Stopwatch.GetTimestamp();
        vm.Machine.Start();
        if (vm.LastExit is { Reason: ExitReason.InternalError, Exception: not null }) throw MachineErrors.Ended(vm, "its vCPUs to run"); // the host had no thread for them
        if (_tellsStory) Tell(StartStory.After(vm));
        output.WriteVerbose($"Started machine '{vm.Name}' in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms.");
        if (vm.HugePages)
            output.WriteVerbose($"The host backs {vm.HugePageBytes >> 20} of {vm.MemoryBytes >> 20} MiB with huge pages so far (its mode is '{HugePages.Mode ?? "never"}').");

        void Tell(IEnumerable<string> steps)
        {
            foreach (string step in steps) output.WriteVerbose(step);
        }
    }
}
