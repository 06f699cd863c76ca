using System.Management.Automation;
using KvmPS.Core.Block.Files;

namespace KvmPS.Commands;

/// <summary>Gives images another size.</summary>
[Cmdlet(VerbsCommon.Resize, "KvmDiskImage", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(KvmDiskImage))]
public sealed class ResizeKvmDiskImageCommand : ImageActionCmdlet
{
    /// <summary>The new size in bytes; rounded up to a multiple of 512.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, long.MaxValue)]
    [ArgumentCompleter(typeof(DiskSizeCompleter))]
    public long SizeBytes { get; set; }

    /// <summary>Lets an image become smaller, which destroys what lies behind its new end.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Action => $"Resize to {SizeBytes} bytes";

    internal override string Change(string path)
    {
        long size = ImagePlan.Rounded(SizeBytes);
        long before = ImageSizes.Resize(path, format: null, size, Force, WriteWarning);
        WriteVerbose($"Image '{path}' had {before} bytes and has {size}.");
        return path;
    }
}
