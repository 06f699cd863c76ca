using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Gets the machines of this process.</summary>
[Cmdlet(VerbsCommon.Get, "KvmVM", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class GetKvmVMCommand : KvmCmdlet
{
    private const string ByName = "Name";
    private const string ById = "Id";
    private const string ByObject = "VM";

    /// <summary>Names or wildcard patterns; all machines when left out.</summary>
    [Parameter(ParameterSetName = ByName, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VMName")]
    [MachineNameTransformation("Name", "VMName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The machine's id.</summary>
    [Parameter(ParameterSetName = ById, Mandatory = true)]
    [ArgumentCompleter(typeof(MachineIdCompleter))]
    public Guid Id { get; set; }

    /// <summary>Machines, live or deserialized; each comes out live.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != ById)
        {
            MachineResolver.ForEach(VM, Name, ForItem, WriteObject);
            return;
        }

        ForItem(Id, () => WriteObject(MachineRegistry.All.FirstOrDefault(vm => vm.Id == Id) ?? throw MachineErrors.NotFound(Id.ToString())));
    }
}
