using System.Management.Automation;
using PesterRunner.Running;

namespace PesterRunner.Commands;

/// <summary><c>Set-ItResult -Skipped</c>: leaves the test, which then counts as skipped.</summary>
[Cmdlet(VerbsCommon.Set, "ItResult")]
internal sealed class SetItResultCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public SwitchParameter Skipped { get; set; }

    [Parameter]
    public string? Because { get; set; }

    protected override void EndProcessing() => ThrowTerminatingError(ItResult.Skip(Because));
}
