using System.Collections;
using System.Globalization;
using System.Management.Automation;
using KvmPS.Core.Debug;

namespace KvmPS.Commands;

/// <summary>Changes the registers of vCPUs of paused machines: all that are named, or none.</summary>
[Cmdlet(VerbsCommon.Set, "KvmRegister", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmRegisters))]
public sealed class SetKvmRegisterCommand : DeviceCmdlet
{
    private bool _isNamed; // on the command line

    /// <summary>Names of machines, or wildcard patterns; <c>-Name</c> is that of a register here.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [MachineNameTransformation("VMName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public override string[]? VMName { get => base.VMName; set => base.VMName = value; }

    /// <summary>The register, a part of one, or a flag.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegisterNameCompleter))]
    public string? Name { get; set; }

    /// <summary>Its new value.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [UnsignedTransformation]
    public ulong? Value { get; set; }

    /// <summary>Several registers by name, with their new values.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Register { get; set; }

    /// <summary>The numbers of the vCPUs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(VcpuIndexCompleter))]
    public int[] Index { get; set; } = [0];

    /// <summary>Writes the registers after the change.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _isNamed = MyInvocation.BoundParameters.ContainsKey(nameof(Name));

    internal override void Process(KvmVM vm)
    {
        Dictionary<Register, ulong> values = Values();
        string what = string.Join(", ", values.Select(static change => string.Create(CultureInfo.InvariantCulture, $"{change.Key.Name} to 0x{change.Value:x}")));
        foreach (int index in VcpuSelection.Of(vm, Index))
        {
            if (!ShouldProcess($"vCPU {index} of virtual machine '{vm.Name}'", $"Set {what}")) continue;
            GuestInspector.WriteRegisters(vm.Machine, index, values);
            if (PassThru) WriteObject(new KvmRegisters(vm, index, GuestInspector.ReadRegisters(vm.Machine, index)));
        }
    }

    private Dictionary<Register, ulong> Values()
    {
        var values = new Dictionary<Register, ulong>();
        string? name = _isNamed || Value is not null ? Name : null; // a piped machine has a Name, too, which is none of a register
        if (name is not null && Value is { } single) values[Find(name)] = single;
        foreach (DictionaryEntry entry in Register ?? new Hashtable()) values[Find(entry.Key.ToString()!)] = ToValue(entry);
        if (values.Count > 0 && name is not null == Value is not null) return values;
        throw InspectionErrors.Contradiction("No register and value were given.", "Give -Name and -Value, or several with -Register @{ Rax = 1; Rip = 0x1000 }.");
    }

    private static Register Find(string name) => RegisterFile.Find(name) ?? throw InspectionErrors.RegisterNotFound(name);

    private static ulong ToValue(DictionaryEntry entry)
    {
        try
        {
            return UnsignedTransformationAttribute.ToUnsigned(entry.Value);
        }
        catch (ArgumentTransformationMetadataException wrong)
        {
            throw new KvmErrorException(
                KvmErrorId.InvalidRegisterValue, ErrorCategory.InvalidArgument, $"{entry.Key}: {wrong.Message}", "Give a number, such as 0x1000.", wrong);
        }
    }
}
