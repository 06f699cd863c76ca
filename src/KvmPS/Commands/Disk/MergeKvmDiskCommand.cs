using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Writes what ephemeral disks of paused machines hold in memory into their images.</summary>
[Cmdlet(VerbsData.Merge, "KvmDisk", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmDisk))]
public sealed class MergeKvmDiskCommand : DiskCmdlet
{
    /// <summary>Names of disks, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DiskNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Writes the disk when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Process(KvmVM vm)
    {
        foreach (KvmDisk disk in Find(vm, Name)) ForItem(vm, () => Merge(vm, disk));
    }

    private void Merge(KvmVM vm, KvmDisk disk)
    {
        if (!disk.Ephemeral || disk.ReadOnly || disk.Path is not { } image) throw DiskErrors.NotEphemeral(disk);
        if (!ShouldProcess($"Virtual machine '{vm.Name}'", $"Merge what disk '{disk.Name}' holds in memory into its image '{image}'")) return;
        using (var progress = new CopyProgress(this, $"Merging '{disk}'")) vm.Machine.MergeDisk(disk.Name, progress.Report, Cancellation);
        WriteVerbose($"Merged disk '{disk.Name}' of machine '{vm.Name}' into '{image}'.");
        if (PassThru) WriteObject(disk);
    }
}
