using System.Management.Automation;
using KvmPS.Core.Block.Files;
using KvmPS.Core.Block.Qcow2;

namespace KvmPS.Commands;

/// <summary>Mends images, as far as that needs no guess about data. What is left comes as warnings.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "KvmDiskImage", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(KvmDiskImage))]
public sealed class RepairKvmDiskImageCommand : ImageActionCmdlet
{
    /// <summary>What to mend: leaks only, or all.</summary>
    [Parameter(Position = 1)]
    public ImageRepairMode Mode { get; set; } = ImageRepairMode.All;

    private protected override string Action => Mode == ImageRepairMode.Leaks ? "Give leaked clusters back" : "Repair refcounts and flags, and give leaked clusters back";

    internal override string Change(string path)
    {
        if (ImageDoctor.Repair(path, Mode == ImageRepairMode.Leaks ? Qcow2RepairModes.Leaks : Qcow2RepairModes.All) is not var (before, after))
        {
            WriteVerbose($"'{path}' is a raw image: there is nothing in it that could be repaired.");
            return path;
        }

        foreach (string problem in before.Problems) WriteVerbose($"'{path}': found: {problem}");
        if (before.IsClean) WriteVerbose($"There was nothing to repair in '{path}'.");
        if (Mended(before, after) is { Length: > 0 } mended) WriteWarning($"'{path}' was damaged: {mended}.");
        if (after.Corruptions > 0) WriteWarning($"'{path}' is still damaged: {Counted(after.Corruptions, "contradiction")} left. {Remedy(path)}");
        if (after.LeakedClusters > 0) WriteWarning($"'{path}' still has {Counted(after.LeakedClusters, "cluster")} that nothing uses.");
        return path;
    }

    private static string Mended(Qcow2CheckResult before, Qcow2CheckResult after) => string.Join(", ", new[]
    {
        before.Corruptions > after.Corruptions ? $"{Counted(before.Corruptions - after.Corruptions, "contradiction")} put right" : "",
        before.LeakedClusters > after.LeakedClusters ? $"{Counted(before.LeakedClusters - after.LeakedClusters, "cluster")} given back" : "",
    }.Where(static part => part.Length > 0));

    private static string Counted(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private string Remedy(string path) => Mode == ImageRepairMode.Leaks
        ? $"Make a copy of the file, then: Repair-KvmDiskImage '{path}' -Mode All"
        : $"Save what can be read: qemu-img convert --salvage -O qcow2 '{path}' <new image>";
}
