using System.Collections;
using System.Management.Automation;

namespace KvmPS;

/// <summary>
/// Lets a <c>-VM</c> parameter take what stands for a machine: a live object stays itself, and a deserialized one (from a job or a CLIXML
/// file) becomes the machine of its name in this process. Strings are left to the parameter by name that stands beside.
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
            _ when IsDeserialized(inputData) => Find((string)((PSObject)inputData).Properties["Name"].Value),
            _ => inputData,
        };
    }

    private static bool IsDeserialized(object value) => value is PSObject wrapped && wrapped.TypeNames.Contains(DeserializedTypeName);

    private static object Find(string name)
    {
        try
        {
            KvmVM[] found = [.. MachineRegistry.Find(name)];
            return found.Length == 1 ? found[0] : found;
        }
        catch (KvmErrorException notFound)
        {
            throw new ArgumentTransformationMetadataException(notFound.Message, notFound);
        }
    }
}
