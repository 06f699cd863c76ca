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
    private protected override string Action => "Start";

    internal override void Change(KvmVM vm, ICmdletOutput output, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        vm.Machine.Start();
        if (vm.LastExit is { Reason: ExitReason.InternalError, Exception: not null }) throw MachineErrors.Ended(vm, "its vCPUs to run"); // the host had no thread for them
        output.WriteVerbose($"Started machine '{vm.Name}' in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms.");
        if (vm.HugePages)
            output.WriteVerbose($"The host backs {vm.HugePageBytes >> 20} of {vm.MemoryBytes >> 20} MiB with huge pages so far (its mode is '{HugePages.Mode ?? "never"}').");
    }
}
