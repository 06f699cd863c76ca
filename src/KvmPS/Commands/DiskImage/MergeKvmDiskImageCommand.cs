using System.Management.Automation;
using KvmPS.Core.Block.Files;

namespace KvmPS.Commands;

/// <summary>Writes what overlays hold into the images below them.</summary>
[Cmdlet(VerbsData.Merge, "KvmDiskImage", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(KvmDiskImage))]
public sealed class MergeKvmDiskImageCommand : ImageActionCmdlet
{
    /// <summary>Removes the overlay when all of it is in the base; else it stays, empty.</summary>
    [Parameter]
    public SwitchParameter RemoveOverlay { get; set; }

    private protected override string Action => RemoveOverlay ? "Merge into its backing file and remove" : "Merge into its backing file";

    internal override string Change(string path)
    {
        using var progress = new CopyProgress(this, $"Merging '{path}'");
        string result = ImageMerger.Merge(path, RemoveOverlay, WriteWarning, progress.Report, Cancellation);
        WriteVerbose($"Merged '{path}' into '{result}'.");
        return result;
    }
}
