using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Lets paused machines go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "KvmVM", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class ResumeKvmVMCommand : MachineActionCmdlet
{
    private protected override string Action => "Resume";

    internal override void Change(KvmVM vm) => vm.Machine.Resume();
}
