using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Adds the operators for machines to Pester's <c>Should</c>.</summary>
[Cmdlet(VerbsLifecycle.Register, "KvmShouldOperator", SupportsShouldProcess = true)]
[OutputType(typeof(string))]
public sealed class RegisterKvmShouldOperatorCommand : KvmCmdlet
{
    /// <summary>Writes the names of the operators.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string[] names = [.. ShouldOperatorRegistration.Names];
        if (!ShouldProcess("Pester", $"Add the operators {string.Join(", ", names)} to Should")) return;
        try
        {
            if (!ShouldOperatorRegistration.Register(InvokeCommand)) Terminate(NotLoaded(), target: null);
        }
        catch (RuntimeException refused) when (refused is not PipelineStoppedException)
        {
            Terminate(Refused(refused), target: null);
        }

        if (PassThru) WriteObject(names, enumerateCollection: true);
    }

    private static KvmErrorException NotLoaded() => new(
        KvmErrorId.PesterNotLoaded,
        ErrorCategory.ResourceUnavailable,
        "Pester is not loaded in this session, so that there is no Should to add operators to.",
        "Import-Module Pester -MinimumVersion 5.0; where it is not installed: Install-PSResource Pester");

    private static KvmErrorException Refused(RuntimeException refused) => new(
        KvmErrorId.ShouldOperatorRefused,
        ErrorCategory.ResourceExists,
        $"Pester did not take the operators: {refused.Message}",
        "Load Pester anew, which forgets all added operators: Import-Module Pester -Force; then call Register-KvmShouldOperator first.",
        refused);
}
