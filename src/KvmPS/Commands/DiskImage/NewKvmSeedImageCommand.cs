using System.Management.Automation;
using KvmPS.Core.Block.Files;
using KvmPS.Core.Block.Seed;

namespace KvmPS.Commands;

/// <summary>Makes the image of a disk from which cloud-init in a guest takes its configuration.</summary>
[Cmdlet(VerbsCommon.New, "KvmSeedImage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KvmDiskImage))]
public sealed class NewKvmSeedImageCommand : KvmCmdlet
{
    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SeedPathCompleter))]
    public string Path { get; set; } = "";

    /// <summary>What the guest is to do: a text, a path, a file or bytes.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public object? UserData { get; set; }

    /// <summary>Who the guest is: a text, a path, a file or bytes; made of -InstanceId and -HostName when left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? MetaData { get; set; }

    /// <summary>The guest's network: a text, a path, a file or bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? NetworkConfig { get; set; }

    /// <summary>What the vendor of the image would have done: a text, a path, a file or bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? VendorData { get; set; }

    /// <summary>By what cloud-init tells a new guest from one that it has set up; made of the contents when left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidatePattern(@"^[\w.:-]{1,64}\z")]
    public string? InstanceId { get; set; }

    /// <summary>The guest's host name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidatePattern(@"^(?=.{1,253}\z)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*\z")]
    public string? HostName { get; set; }

    /// <summary>Replaces a file that is there, if nobody uses it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Path, () =>
    {
        string path = ResolveFile(Path);
        IReadOnlyList<SeedFile> files = Seed().Files();
        if (!ShouldProcess($"Disk image '{path}'", $"Create a seed with {string.Join(", ", files.Select(static file => file.Name))}")) return;
        using (var file = NewFile.Begin(path, Force))
        {
            file.Write(new IsoImage(CloudSeed.Label, files).ToArray());
            file.Commit();
        }

        WriteVerbose($"Made seed '{path}'.");
        WriteObject(KvmDiskImage.At(path));
    });

    private CloudSeed Seed()
    {
        if (MetaData is not null && (InstanceId ?? HostName) is not null)
            throw StorageErrors.Invalid("-MetaData says who the guest is, and so do -InstanceId and -HostName", "Leave out one or the other.");
        var seed = new CloudSeed
        {
            MetaData = SeedText.Of(MetaData, ResolveFile),
            NetworkConfig = SeedText.Of(NetworkConfig, ResolveFile),
            VendorData = SeedText.Of(VendorData, ResolveFile),
            InstanceId = InstanceId,
            HostName = HostName,
        };
        return SeedText.Of(UserData, ResolveFile) is { } userData ? seed with { UserData = userData } : seed;
    }
}
