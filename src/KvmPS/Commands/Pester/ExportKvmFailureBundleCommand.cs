using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Writes all that is known of machines into a folder, for whoever looks at a failed test.</summary>
[Cmdlet(VerbsData.Export, "KvmFailureBundle", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(FileInfo))]
public sealed class ExportKvmFailureBundleCommand : MachineCmdlet
{
    /// <summary>The folder in which each machine gets a folder of its own; it is made if need be.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AnyPathCompleter))]
    public string Path { get; set; } = "";

    /// <summary>Writes the files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Process(KvmVM vm)
    {
        if (!ShouldProcess($"Virtual machine '{vm.Name}' ({vm.State})", $"Export what is known of it to '{Path}'")) return;
        string folder = FailureBundle.MakeFolder(ResolveFile(Path), vm.Name);
        foreach (string file in FailureBundle.Write(vm, folder, Cancellation))
        {
            // The form in which JUnit's readers (GitLab, Jenkins) take attachments out of a test's output.
            WriteInformation(new HostInformationMessage { Message = $"[[ATTACHMENT|{file}]]" }, ["PSHOST"]);
            if (PassThru) WriteObject(new FileInfo(file));
        }
    }
}
