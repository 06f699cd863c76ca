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
            null => inputData,
            _ => MachineOf(PSObject.AsPSObject(inputData)) ?? inputData,
        };
    }

    /// <summary>
    /// The machine that an object is or was: one that is not there says so as soon as it is used, since an error here would have the binder try -Name, and
    /// find a namesake. Null for an object that is no machine.
    /// </summary>
    public static KvmVM? MachineOf(PSObject value)
    {
        if (value.BaseObject is KvmVM vm) return vm;
        if (!value.TypeNames.Contains(DeserializedTypeName)) return null;
        // FILE-CONTROLLED: a name is taken as a name, and never as a pattern.
        if (value.Properties["Name"]?.Value is not string name) throw new ArgumentTransformationMetadataException("This deserialized machine has no name.");
        object? id = value.Properties["Id"]?.Value;
        return Origin.ComputerOf(value) is { } computer
            ? MachineRegistry.All.FirstOrDefault(vm => vm.Id.Equals(id)) ?? KvmVM.Absent(name, MachineErrors.Elsewhere(name, computer))
            : MachineRegistry.Named(name) ?? KvmVM.Absent(name, MachineErrors.NotFound(name));
    }
}
