using System.Collections.ObjectModel;
using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Makes machines, which are off, from the JSON files of <c>Export-KvmVM</c>.</summary>
[Cmdlet(VerbsData.Import, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByPath)]
[OutputType(typeof(KvmVM))]
public sealed class ImportKvmVMCommand : KvmCmdlet
{
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";

    /// <summary>The files; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByPath, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ConfigurationPathCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>The files, wildcard characters taken as they are. Files from <c>Get-Item</c> may be piped in.</summary>
    [Parameter(ParameterSetName = ByLiteralPath, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ConfigurationPathCompleter))]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The machine's name instead of the one in the file.</summary>
    [Parameter]
    [ValidateMachineName]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ParameterSetName == ByPath ? Path : LiteralPath) ForItem(path, () => ImportAll(path));
    }

    private void ImportAll(string path)
    {
        if (ParameterSetName == ByLiteralPath || !WildcardPattern.ContainsWildcardCharacters(path))
        {
            Import(ResolveFile(path));
            return;
        }

        foreach (string file in FilesOf(path)) ForItem(file, () => Import(file));
    }

    private Collection<string> FilesOf(string pattern)
    {
        Collection<string> files = SessionState.Path.GetResolvedProviderPathFromPSPath(pattern, out ProviderInfo provider);
        return provider.Name == "FileSystem" ? files : throw NotOfFileSystem(pattern, provider);
    }

    private void Import(string path)
    {
        MachineFile file = ConfigurationFiles.Read(path);
        string? name = Name ?? file.Name;
        if (name is not null && MachineRegistry.Contains(name)) throw MachineErrors.AlreadyExists(name);
        if (file.Boot is not { } boot) throw ConfigurationFiles.NothingToRun(path);

        var config = new MachineConfig { Name = name ?? MachineRegistry.NextName(), Boot = boot, InterruptController = boot is not CodeBoot };
        var vm = new KvmVM(MachineChecks.Complete(file.Over(config), file.HasCommandLine), Runspaces.Current);
        if (!ShouldProcess($"Virtual machine '{vm.Name}'", $"Create from '{path}'")) return;
        MachineRegistry.Add(vm);
        WriteVerbose($"Created machine '{vm.Name}' from '{path}'.");
        WriteObject(vm);
    }
}
