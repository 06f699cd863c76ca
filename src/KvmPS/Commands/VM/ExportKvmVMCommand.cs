using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Writes the configuration of machines to JSON files.</summary>
[Cmdlet(VerbsData.Export, "KvmVM", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class ExportKvmVMCommand : MachineActionCmdlet
{
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <summary>The file, or a folder for a file named after each machine.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ConfigurationPathCompleter))]
    public string Path { get; set; } = "";

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Action => $"Export its configuration to '{Path}'";

    internal override void Change(KvmVM vm)
    {
        string path = FileFor(vm);
        MachineConfig config = vm.Machine.Config;
        byte[] text = MachineFile.Write(config, System.IO.Path.GetDirectoryName(path)!, ConfigurationFiles.Schema);
        // Two machines into one file is a mistake even where an old file may go.
        ConfigurationFiles.Write(path, text, Force && !_written.Contains(path));
        _written.Add(path);
        WriteVerbose($"Exported machine '{vm.Name}' to '{path}'.");
    }

    private string FileFor(KvmVM vm)
    {
        string path = ResolveFile(Path);
        if (!Directory.Exists(path)) return path;
        if (vm.Name.Contains('/', StringComparison.Ordinal))
        {
            throw new KvmErrorException(
                KvmErrorId.InvalidPath, ErrorCategory.InvalidArgument, $"The name of machine '{vm.Name}' cannot be that of a file.", "Give the path of a file instead of a folder.");
        }

        return System.IO.Path.Combine(path, vm.Name + ".json");
    }
}
