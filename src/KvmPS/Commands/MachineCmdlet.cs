using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet on whole machines: by <c>-Name</c> (wildcards) or by object, both at position 0 and from the pipeline.</summary>
public abstract class MachineCmdlet : KvmCmdlet
{
    /// <summary>The set of parameters by name.</summary>
    protected const string ByName = "Name";

    /// <summary>The set of parameters by object.</summary>
    protected const string ByObject = "VM";

    /// <summary>Names or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VMName")]
    [MachineNameTransformation("Name", "VMName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>Calls <see cref="Process"/> for each machine.</summary>
    protected sealed override void ProcessRecord() => MachineResolver.ForEach(VM, Name, ForItem, Process);

    /// <summary>The work for one machine.</summary>
    internal abstract void Process(KvmVM vm);
}
