using System.Diagnostics;
using System.Management.Automation;
using System.Text;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Measures what machines do over an interval, or the instants of their boots. Ends at once on Ctrl+C, and when all machines have ended.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(KvmMeasurement), ParameterSetName = [ByName, ByObject])]
[OutputType(typeof(KvmBootMark), typeof(FileInfo), ParameterSetName = [BootByName, BootByObject])]
public sealed class MeasureKvmVMCommand : KvmCmdlet
{
    private const string ByName = "Name";
    private const string ByObject = "VM";
    private const string BootByName = "NameBootTimeline";
    private const string BootByObject = "VMBootTimeline";

    private readonly List<KvmVM> _measured = [];
    private readonly HashSet<KvmVM> _removed = [];
    private readonly List<KvmBootMark[]> _boots = [];

    /// <summary>Names or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = BootByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("VMName")]
    [MachineNameTransformation("Name", "VMName", IsDefault = false)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Parameter(ParameterSetName = BootByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>The length of one measurement, in seconds or as a TimeSpan.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByObject)]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(IntervalCompleter))]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long measurements follow each other, in seconds or as a TimeSpan; -1 until the machines end. One measurement when it is left out.</summary>
    [Parameter(ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByObject)]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Duration { get; set; }

    /// <summary>The instants of the present or last boot, instead of an interval.</summary>
    [Parameter(ParameterSetName = BootByName, Mandatory = true)]
    [Parameter(ParameterSetName = BootByObject, Mandatory = true)]
    public SwitchParameter BootTimeline { get; set; }

    /// <summary>A file that gets a picture of the boots; it is returned instead of the instants.</summary>
    [Parameter(ParameterSetName = BootByName)]
    [Parameter(ParameterSetName = BootByObject)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PicturePathCompleter))]
    public string? AsSvg { get; set; }

    /// <summary>Refuses an interval that has no length.</summary>
    protected override void BeginProcessing()
    {
        if (Interval > TimeSpan.Zero) return;
        Terminate(new KvmErrorException(KvmErrorId.InvalidInterval, ErrorCategory.InvalidArgument, "An interval is longer than 0 seconds.", "Give seconds, such as -Interval 0.5; for measurements without an end: -Duration -1."), null);
    }

    /// <summary>Takes a note of each machine, or writes its boot.</summary>
    protected override void ProcessRecord() => MachineResolver.ForEach(VM, Name, ForItem, BootTimeline ? ProcessBoot : vm => _measured.Add(IsOn(vm) ? vm : throw NothingToMeasure(vm)));

    /// <summary>Measures all machines at the same time, or writes the picture.</summary>
    protected override void EndProcessing()
    {
        if (_boots.Count > 0) ForItem(AsSvg, () => WritePicture(ResolveFile(AsSvg!)));
        if (_measured.Count > 0) ForItem(_measured.Count == 1 ? _measured[0] : null, Measure);
    }

    private static bool IsOn(KvmVM vm) => vm.State is MachineState.Running or MachineState.Paused;

    private static KvmErrorException NothingToMeasure(KvmVM vm) => new(
        KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, $"Machine '{vm.Name}' is {vm.State}: it does nothing that could be measured.",
        $"Start-KvmVM '{vm.Name}'; what its last boot took: Measure-KvmVM '{vm.Name}' -BootTimeline");

    private void ProcessBoot(KvmVM vm)
    {
        KvmBootMark[] marks = KvmBootMark.Of(vm);
        if (marks.Length == 0) throw MachineErrors.NeverStarted(vm);
        if (AsSvg is not null) _boots.Add(marks);
        else WriteObject(marks, enumerateCollection: true);
    }

    private void WritePicture(string path)
    {
        if (!ShouldProcess($"Picture '{path}'", $"Draw the boot of {string.Join(", ", _boots.Select(static boot => $"'{boot[0].VMName}'"))}")) return;
        ConfigurationFiles.Write(path, Encoding.UTF8.GetBytes(BootPicture.Draw(_boots)), overwrite: true);
        WriteObject(new FileInfo(path));
    }

    private void Measure()
    {
        long start = Stopwatch.GetTimestamp();
        Dictionary<KvmVM, MachineSample> samples = _measured.Distinct().ToDictionary(static vm => vm, MachineSample.Of);
        for (int round = 1; samples.Count > 0; round++)
        {
            WaitUntil(samples.Keys, start, Interval * round);
            foreach ((KvmVM vm, MachineSample before) in samples.ToArray())
            {
                bool goesOn = IsOn(vm) && !_removed.Contains(vm); // before the sample, so that the last one has all
                MachineSample now = MachineSample.Of(vm);
                WriteObject(new KvmMeasurement(vm, before, now));
                if (goesOn) samples[vm] = now;
                else samples.Remove(vm);
            }

            if (Duration != Timeout.InfiniteTimeSpan && Interval * (round + 1) > Duration) return;
        }
    }

    /// <summary>Waits for a moment, or for the end of all machines. A removed machine has ended.</summary>
    private void WaitUntil(IEnumerable<KvmVM> machines, long start, TimeSpan moment)
    {
        foreach (KvmVM vm in machines)
        {
            TimeSpan rest = moment - Stopwatch.GetElapsedTime(start);
            if (rest <= TimeSpan.Zero) return;
            try
            {
                using var progress = new WaitProgress(this, vm, $"Measuring '{vm.Name}'", rest);
                progress.While(left => vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, left, Cancellation));
            }
            catch (MachineRemovedException)
            {
                _removed.Add(vm); // what it did until then is measured all the same
            }
        }
    }
}
