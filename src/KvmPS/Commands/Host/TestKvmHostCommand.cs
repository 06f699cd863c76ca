using System.Management.Automation;
using KvmPS.Core.Host;

namespace KvmPS.Commands;

/// <summary>Tells whether machines can run on this host; each problem comes as a warning with its remedy.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KvmHost")]
[OutputType(typeof(bool))]
public sealed class TestKvmHostCommand : KvmCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(null, () =>
    {
        IReadOnlyList<KvmHostProblem> problems = HostProblems.Of(HostFacts.Read());
        foreach (KvmHostProblem problem in problems) WriteWarning($"{problem.Message} {problem.Remedy} [{problem.ErrorId}]");
        WriteObject(problems.Count == 0);
    });
}
