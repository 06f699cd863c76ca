using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Gets the disks of machines, with what they have done.</summary>
[Cmdlet(VerbsCommon.Get, "KvmDisk", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmDisk))]
public sealed class GetKvmDiskCommand : DiskCmdlet
{
    /// <summary>Names of disks, or wildcard patterns; all when left out.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DiskNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    internal override void Process(KvmVM vm)
    {
        foreach (KvmDisk disk in Find(vm, Name)) WriteObject(disk);
    }
}
