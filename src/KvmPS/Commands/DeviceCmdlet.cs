using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet on something inside machines: by <c>-VMName</c> (wildcards) or by <c>-VM</c>, both at position 0 and from the pipeline.</summary>
public abstract class DeviceCmdlet : KvmCmdlet
{
    /// <summary>The set of parameters by name.</summary>
    protected const string ByName = "VMName";

    /// <summary>The set of parameters by object.</summary>
    protected const string ByObject = "VM";

    /// <summary>Names of machines, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [MachineNameTransformation("VMName", "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public virtual string[]? VMName { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>Calls <see cref="Process"/> for each machine.</summary>
    protected sealed override void ProcessRecord() => MachineResolver.ForEach(VM, VMName, ForItem, Process);

    /// <summary>The work for one machine.</summary>
    internal abstract void Process(KvmVM vm);
}
