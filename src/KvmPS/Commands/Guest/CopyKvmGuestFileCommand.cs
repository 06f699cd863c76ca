using System.Diagnostics;
using System.Management.Automation;
using KvmPS.Core.Block.Files;
using KvmPS.Core.Guest;

namespace KvmPS.Commands;

/// <summary>Copies files into guests or out of them, through a shell on the console: nothing has to be installed there.</summary>
[Cmdlet(VerbsCommon.Copy, "KvmGuestFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmGuestFile), typeof(Job))]
public sealed class CopyKvmGuestFileCommand : GuestCmdlet
{
    /// <summary>Names of machines, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [MachineNameTransformation("VMName", "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? VMName { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>The files: of the host with <c>-ToGuest</c>, of the guest with <c>-FromGuest</c>.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("SourcePath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AnyPathCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>The file or directory that they go to, on the other side.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [Alias("DestinationPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AnyPathCompleter))]
    public string Destination { get; set; } = "";

    /// <summary>From the host into the guest.</summary>
    [Parameter]
    public SwitchParameter ToGuest { get; set; }

    /// <summary>From the guest to the host.</summary>
    [Parameter]
    public SwitchParameter FromGuest { get; set; }

    /// <summary>Replaces a file that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (ToGuest != FromGuest) return;
        Terminate(
            new KvmErrorException(KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, "A file is copied into a guest or out of it, one of the two.", "Give either -ToGuest or -FromGuest."),
            target: null);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => MachineResolver.ForEach(VM, VMName, ForItem, Copy);

    private void Copy(KvmVM vm)
    {
        string[] paths = [.. Path.Where(path => ShouldProcess(Where(vm), ToGuest ? $"Copy '{path}' to '{Destination}' in the guest" : $"Copy '{path}' of the guest to '{Destination}'"))];
        if (paths.Length == 0) return;
        string[] sources = ToGuest ? [.. paths.Select(ResolveFile)] : paths;
        string destination = ToGuest ? Destination : ResolveFile(Destination);
        Perform(AsJob, vm, (output, cancellation) =>
        {
            foreach (string source in sources) output.WriteObject(Copy(vm, source, destination, output, cancellation));
        });
    }

    private KvmGuestFile Copy(KvmVM vm, string source, string destination, ICmdletOutput output, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        using var progress = new CopyProgress(output, $"Copying '{source}' {(ToGuest ? "to" : "from")} '{vm.Name}'");
        (string copy, long length, string checksum) = Converse(vm, $"copy '{source}'", output, cancellation, (shell, login, patience) =>
        {
            var files = new GuestFiles(shell, login, patience);
            return ToGuest ? Put(files, source, destination, progress) : Get(files, source, destination, progress);
        });
        output.WriteVerbose($"Copied {length} bytes, checksum {checksum}.");
        return new KvmGuestFile(vm.Name, source, copy, length, checksum, Stopwatch.GetElapsedTime(start));
    }

    private (string Copy, long Length, string Checksum) Put(GuestFiles files, string source, string destination, CopyProgress progress)
    {
        if (Directory.Exists(source)) throw GuestErrors.IsDirectory(source);
        using FileStream file = File.OpenRead(source);
        UnixFileMode? mode = OperatingSystem.IsLinux() ? File.GetUnixFileMode(file.SafeFileHandle) : null;
        (string path, string checksum) = files.Put(file, System.IO.Path.GetFileName(source), destination, mode, Force, done => progress.Report(done, file.Length));
        return (path, file.Length, checksum);
    }

    private (string Copy, long Length, string Checksum) Get(GuestFiles files, string source, string destination, CopyProgress progress)
    {
        string path = Directory.Exists(destination) ? System.IO.Path.Combine(destination, System.IO.Path.GetFileName(source)) : destination;
        using NewFile copy = NewFile.Begin(path, Force);
        long length;
        string checksum;
        UnixFileMode? mode;
        using (var file = new FileStream(copy.PartialPath, FileMode.Open, FileAccess.ReadWrite))
        {
            (mode, checksum) = files.Get(source, file, progress.Report);
            length = file.Length;
        }

        if (!copy.Replaces && mode is { } bits && OperatingSystem.IsLinux()) File.SetUnixFileMode(copy.PartialPath, bits);
        copy.Commit();
        return (path, length, checksum);
    }
}
