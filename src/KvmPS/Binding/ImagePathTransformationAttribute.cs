using System.Collections;
using System.Management.Automation;

namespace KvmPS;

/// <summary>Lets a disk be given by its path, as a file from <c>Get-Item</c>, or as an object that has the path of an image, live or deserialized.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ImagePathTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => Unwrap(inputData) switch
    {
        IList list => list.Cast<object?>().Select(PathOf).ToArray(),
        _ => PathOf(inputData),
    };

    private static object? PathOf(object? value) => Unwrap(value) switch
    {
        null => null, // The parameter itself says whether it may be that.
        string path => path,
        FileSystemInfo file => file.FullName,
        _ when Origin.OtherComputerOf(PSObject.AsPSObject(value)) is { } computer => Elsewhere(PSObject.AsPSObject(value), computer),
        // The type's name, and not the type: what comes from a job or a file is an image all the same.
        _ when PSObject.AsPSObject(value) is { } image && image.TypeNames.Any(IsImage) && image.Properties["Path"]?.Value is string path => path,
        _ => value,
    };

    /// <summary>A path that is refused as soon as it is used: a file of that path here is another one.</summary>
    private static string Elsewhere(PSObject image, string computer)
    {
        string path = image.Properties["Path"]?.Value?.ToString() is { Length: > 0 } own ? own : image.Properties["FullName"]?.Value?.ToString() ?? image.TypeNames[0];
        return TextFor<KvmErrorException>.Make(path, StorageErrors.Elsewhere(path, computer));
    }

    private static bool IsImage(string type) => type is "KvmPS.KvmDiskImage" or "Deserialized.KvmPS.KvmDiskImage" or "KvmPS.KvmDisk" or "Deserialized.KvmPS.KvmDisk";

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
