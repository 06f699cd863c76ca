using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Takes disks from machines that are off. The images stay.</summary>
[Cmdlet(VerbsCommon.Remove, "KvmDisk", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class RemoveKvmDiskCommand : DiskCmdlet
{
    /// <summary>Names of disks, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DiskNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Writes the machine when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Process(KvmVM vm)
    {
        foreach (KvmDisk disk in Find(vm, Name))
        {
            DiskErrors.RequireOff(vm, "lose a disk");
            if (!ShouldProcess($"Virtual machine '{vm.Name}'", $"Remove disk '{disk.Name}'{(disk.Path is { } path ? $"; its image '{path}' stays" : "")}")) continue;
            vm.Machine.Reconfigure(config => config with { Disks = [.. config.Disks.Where(other => !DiskNames.AreSame(other.Name, disk.Name))] });
            WriteVerbose($"Removed disk '{disk.Name}' from machine '{vm.Name}'.");
        }

        if (PassThru) WriteObject(vm);
    }
}
