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
        foreach (ImageProblem problem in problems) WriteWarning($"'{path}': {problem.Message} {Remedy(problem.Damage, path)}");
        WriteObject(problems.Count == 0);
    }

    private static string Remedy(ImageDamage damage, string path) => damage switch
    {
        ImageDamage.Leak => $"No data is in danger; get the room back: Repair-KvmDiskImage '{path}' -Mode Leaks",
        ImageDamage.Chain => "Put the file back where it was, or tell the image where it is now: qemu-img rebase -u",
        _ => $"Make a copy of the file, then: Repair-KvmDiskImage '{path}'",
    };
}
