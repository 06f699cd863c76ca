using System.Management.Automation;
using PesterRunner.Assertions;

namespace PesterRunner.Commands;

/// <summary><c>Add-ShouldOperator</c>: a script becomes an operator of <c>Should</c>, for single items.</summary>
[Cmdlet(VerbsCommon.Add, "ShouldOperator")]
internal sealed class AddShouldOperatorCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock Test { get; set; } = null!;

    protected override void EndProcessing() => AddedOperator.Add(Name, Test);
}
