using System.Management.Automation;
using KvmPS.Core.Debug;

namespace KvmPS.Commands;

/// <summary>Gets the registers of vCPUs that stand still.</summary>
[Cmdlet(VerbsCommon.Get, "KvmRegister", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmRegisters), typeof(KvmRegister))]
public sealed class GetKvmRegisterCommand : DeviceCmdlet
{
    /// <summary>Names of machines, or wildcard patterns; <c>-Name</c> is that of a register here.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [MachineNameTransformation("VMName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public override string[]? VMName { get => base.VMName; set => base.VMName = value; }

    /// <summary>Only these registers, each as an object of its own.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegisterNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Only the vCPUs of these numbers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(VcpuIndexCompleter))]
    public int[]? Index { get; set; }

    internal override void Process(KvmVM vm)
    {
        Register[]? named = Name is null ? null : [.. Name.SelectMany(Find)];
        foreach (int index in VcpuSelection.Of(vm, Index))
        {
            CpuRegisters registers = GuestInspector.ReadRegisters(vm.Machine, index);
            if (named is null)
            {
                WriteObject(new KvmRegisters(vm, index, registers));
                continue;
            }

            foreach (Register register in named) WriteObject(new KvmRegister(vm, index, register, registers));
        }
    }

    /// <summary>What a name means; a pattern means whole registers only.</summary>
    private static IEnumerable<Register> Find(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name)) return [RegisterFile.Find(name) ?? throw InspectionErrors.RegisterNotFound(name)];
        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        return RegisterFile.All.Where(register => !register.IsPart && pattern.IsMatch(register.Name));
    }
}
