using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Gets what image files say of themselves, and the host of them. Images in use may be looked at, too.</summary>
[Cmdlet(VerbsCommon.Get, "KvmDiskImage", DefaultParameterSetName = ByPath)]
[OutputType(typeof(KvmDiskImage))]
public sealed class GetKvmDiskImageCommand : ImageCmdlet
{
    internal override void Process(string path) => WriteObject(KvmDiskImage.At(path));
}
