using System.Collections;
using System.Management.Automation;

namespace KvmPS;

/// <summary>
/// Lets a <c>-VM</c> parameter take what stands for a machine: a live object stays itself, and a deserialized one (from a job or a CLIXML
/// file) becomes the machine of its name in this process, or, when it says which computer it came from, the machine of its id: a namesake
/// of a machine elsewhere is another machine. Strings are left to the parameter by name that stands beside.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MachineTransformationAttribute : ArgumentTransformationAttribute
{
    private const string DeserializedTypeName = "Deserialized.KvmPS.KvmVM";

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            KvmVM vm => vm,
            IList list when list is not byte[] => list.Cast<object>().Select(item => Transform(engineIntrinsics, item)).ToArray(),
            _ when IsDeserialized(inputData) => Find((PSObject)inputData),
            _ => inputData,
        };
    }

    private static bool IsDeserialized(object value) => value is PSObject wrapped && wrapped.TypeNames.Contains(DeserializedTypeName);

    /// <summary>The machine, or one that is not there and says so as soon as it is used: an error here would have the binder try -Name, and find a namesake.</summary>
    private static KvmVM Find(PSObject copy)
    {
        // FILE-CONTROLLED: a name is taken as a name, and never as a pattern.
        if (copy.Properties["Name"]?.Value is not string name) throw new ArgumentTransformationMetadataException("This deserialized machine has no name.");
        object? computer = copy.Properties["PSComputerName"]?.Value;
        object? id = copy.Properties["Id"]?.Value;
        return computer is null
            ? MachineRegistry.All.FirstOrDefault(vm => vm.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? KvmVM.Absent(name, MachineErrors.NotFound(name))
            : MachineRegistry.All.FirstOrDefault(vm => vm.Id.Equals(id)) ?? KvmVM.Absent(name, MachineErrors.Elsewhere(name, $"{computer}"));
    }
}
