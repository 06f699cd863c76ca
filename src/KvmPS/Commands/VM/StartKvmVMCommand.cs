using System.Diagnostics;
using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Starts machines.</summary>
[Cmdlet(VerbsLifecycle.Start, "KvmVM", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class StartKvmVMCommand : MachineActionCmdlet
{
    private protected override string Action => "Start";

    internal override void Change(KvmVM vm)
    {
        long start = Stopwatch.GetTimestamp();
        vm.Machine.Start();
        WriteVerbose($"Started machine '{vm.Name}' in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms.");
    }
}
