using System.Management.Automation;
using KvmPS.Core.Block.Files;

namespace KvmPS.Commands;

/// <summary>Tells whether images are in order; each problem comes as a warning with its remedy.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KvmDiskImage", DefaultParameterSetName = ByPath)]
[OutputType(typeof(bool))]
public sealed class TestKvmDiskImageCommand : ImageCmdlet
{
    internal override void Process(string path)
    {
        IReadOnlyList<ImageProblem> problems = ImageDoctor.Check(path);
        bool isCorrupt = problems.Any(static problem => problem.Damage == ImageDamage.Corruption);
        foreach (ImageProblem problem in problems) WriteWarning($"'{path}': {problem.Message} {Remedy(problem.Damage, isCorrupt, path)}");
        WriteObject(problems.Count == 0);
    }

    /// <summary>What to do. A leak beside worse may be data that a damaged table has lost: then it is no mere loss of room.</summary>
    private static string Remedy(ImageDamage damage, bool isCorrupt, string path) => damage switch
    {
        ImageDamage.Leak when !isCorrupt => $"No data is in danger; get the room back: Repair-KvmDiskImage '{path}' -Mode Leaks",
        ImageDamage.Chain => "Put the file back where it was, or tell the image where it is now: qemu-img rebase -u",
        _ => $"Make a copy of the file, then: Repair-KvmDiskImage '{path}'",
    };
}
