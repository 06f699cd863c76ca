using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet on disks of machines, where <c>-Name</c> is that of a disk and <c>-VMName</c> that of its machine.</summary>
public abstract class DiskCmdlet : DeviceCmdlet
{
    /// <summary>Names of machines, or wildcard patterns; <c>-Name</c> is that of a disk here.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [MachineNameTransformation("VMName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public override string[]? VMName { get => base.VMName; set => base.VMName = value; }

    /// <summary>The disks of a machine that have one of some names; a literal name that none has is an error.</summary>
    private protected IEnumerable<KvmDisk> Find(KvmVM vm, string[] names)
    {
        KvmDisk[] disks = KvmDisk.Of(vm);
        HashSet<KvmDisk> found = [];
        foreach (string name in names)
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            KvmDisk[] matches = [.. disks.Where(disk => pattern.IsMatch(disk.Name))];
            if (matches.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) WriteError(DiskErrors.NotFound(vm, name).ToErrorRecord(vm));
            found.UnionWith(matches);
        }

        return disks.Where(found.Contains);
    }
}
