using System.Management.Automation;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;

namespace KvmPS.Commands;

/// <summary>Makes an image file: empty, over another one, or with a file system.</summary>
[Cmdlet(VerbsCommon.New, "KvmDiskImage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KvmDiskImage))]
public sealed class NewKvmDiskImageCommand : KvmCmdlet
{
    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string Path { get; set; } = "";

    /// <summary>What a guest sees of it, in bytes, rounded up to a multiple of 512; the size of the image below when left out.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(long))]
    [ValidateRange(1, long.MaxValue)]
    [ArgumentCompleter(typeof(DiskSizeCompleter))]
    public long SizeBytes { get; set; }

    /// <summary>How its bytes lie; by the file's extension when left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(DiskImageFormat))]
    public DiskImageFormat Format { get; set; }

    /// <summary>The image below, which answers for what is not written here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ImagePathTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string? BackingPath { get; set; }

    /// <summary>The format of the image below; found out when left out.</summary>
    [Parameter]
    public DiskImageFormat BackingFormat { get; set; }

    /// <summary>The unit of allocation of a qcow2 image in bytes: a power of two from 512 to 2 MiB.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ConvertEarly(typeof(long))]
    [ArgumentCompleter(typeof(ClusterSizeCompleter))]
    public long ClusterSizeBytes { get; set; } = 64 << 10;

    /// <summary>Makes a file system over all of the image, with a program of the host.</summary>
    [Parameter]
    [ValidateSet("btrfs", "ext2", "ext3", "ext4", "vfat", "xfs")]
    public string? FileSystem { get; set; }

    /// <summary>Replaces a file that is there, if nobody uses it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Path, () =>
    {
        string path = ResolveFile(Path);
        ImagePlan plan = Plan(path);
        if (plan.Problem() is { } problem) throw StorageErrors.Invalid(problem, "Get-Help New-KvmDiskImage -Full has the limits.");
        FileSystemTool? tool = FileSystem is null ? null : Tool(FileSystem, plan);
        if (!ShouldProcess($"Disk image '{path}'", Describe(plan))) return;
        using (var file = NewFile.Begin(path, Force))
        {
            if (tool is null) ImageMaker.Create(file, plan);
            else ImageMaker.CreateWith(file, plan, tool, Cancellation);
            file.Commit();
        }

        WriteVerbose($"Made image '{path}' with {plan.Size} bytes.");
        WriteObject(KvmDiskImage.At(path));
    });

    private static FileSystemTool Tool(string name, ImagePlan plan)
    {
        if (plan.BackingName is not null)
            throw StorageErrors.Invalid("an image over another has that one's file systems", "Leave out -FileSystem or -BackingPath.");
        FileSystemTool tool = FileSystemTool.For(name)!; // as ValidateSet knows them
        return tool.Find() is not null ? tool : throw StorageErrors.ToolMissing(tool);
    }

    private static string Describe(ImagePlan plan) =>
        $"Create with {plan.Size} bytes as {plan.Format}{(plan.BackingName is null ? "" : $" over '{plan.BackingName}'")}";

    private ImagePlan Plan(string path)
    {
        bool hasSize = MyInvocation.BoundParameters.ContainsKey(nameof(SizeBytes));
        bool hasFormat = MyInvocation.BoundParameters.ContainsKey(nameof(Format));
        var plan = new ImagePlan { Format = hasFormat ? Format : ImageFormats.For(path), Size = ImagePlan.Rounded(SizeBytes), ClusterSize = ClusterSizeBytes };
        if (BackingPath is null)
            return hasSize ? plan : throw StorageErrors.Invalid("the image needs a size", "Give -SizeBytes, such as 10GB, or the image below with -BackingPath.");

        string backing = ResolveFile(BackingPath);
        DiskImageFormat? told = MyInvocation.BoundParameters.ContainsKey(nameof(BackingFormat)) ? BackingFormat : null;
        using OpenedDisk below = DiskImages.Open(backing, new DiskOpenOptions { Format = told, ReadOnly = true });
        if (ImageInspector.IsPartOf(path, below.Chain)) throw StorageErrors.Invalid("an image cannot rest on itself", "Give another -Path or -BackingPath.");
        return plan with
        {
            Format = hasFormat ? Format : DiskImageFormat.Qcow2,
            Size = hasSize ? plan.Size : below.Backend.Length,
            BackingName = ImagePlan.NameFor(path, backing),
            BackingFormat = below.Format,
        };
    }
}
