using System.Management.Automation;
using KvmPS.Core.Block;
using KvmPS.Jobs;

namespace KvmPS.Commands;

/// <summary>Copies images into another format, chains into one file.</summary>
[Cmdlet(VerbsData.Convert, "KvmDiskImage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByPath)]
[OutputType(typeof(KvmDiskImage), typeof(Job))]
public sealed class ConvertKvmDiskImageCommand : ImageCmdlet
{
    private readonly Dictionary<string, string> _taken = []; // files of this call, and the images that they are made of

    /// <summary>The new file, or a folder for a file named after each image.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string DestinationPath { get; set; } = "";

    /// <summary>The format of the new file; by its extension when left out.</summary>
    [Parameter]
    public DiskImageFormat Format { get; set; }

    /// <summary>The format of the image; found out when left out.</summary>
    [Parameter]
    public DiskImageFormat SourceFormat { get; set; }

    /// <summary>The unit of allocation of a new qcow2 image in bytes: a power of two from 512 to 2 MiB.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClusterSizeCompleter))]
    public long ClusterSizeBytes { get; set; } = 64 << 10;

    /// <summary>Replaces a file that is there, if nobody uses it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns a job for each image, and copies in it.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    internal override void Process(string path)
    {
        string destination = ResolveFile(DestinationPath);
        bool hasFormat = MyInvocation.BoundParameters.ContainsKey(nameof(Format));
        bool isFolder = Directory.Exists(destination);
        DiskImageFormat format = hasFormat ? Format : isFolder ? DiskImageFormat.Qcow2 : ImageFormats.For(destination);
        if (isFolder) destination = System.IO.Path.Combine(destination, System.IO.Path.GetFileNameWithoutExtension(path) + ImageFormats.ExtensionOf(format));
        DiskImageFormat? told = MyInvocation.BoundParameters.ContainsKey(nameof(SourceFormat)) ? SourceFormat : null;
        string file = FileOf(destination);
        if (_taken.TryGetValue(file, out string? other)) throw StorageErrors.TakenBySource(destination, other, isFolder);
        if (!ShouldProcess($"Disk image '{path}'", $"Convert to '{destination}' as {format}")) return;
        var work = new ImageConversion(path, told, destination, format, ClusterSizeBytes, Force);
        var subject = new FileSubject(path);
        if (AsJob) WriteObject(KvmJob.Start(this, subject, (output, cancellation) => work.Run(output, subject, cancellation)));
        else work.Run(this, subject, Cancellation);
        _taken.Add(file, path); // what failed here has left no file
    }

    /// <summary>Where a link leads, since what it leads to is replaced.</summary>
    private static string FileOf(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
}
