using System.Reflection;
using System.Reflection.Emit;
using Xunit;

namespace KvmPS.Tests.Shell;

/// <summary>The staged module in a process of its own: what was loaded there before it, and what its end leaves behind.</summary>
public sealed class ModuleProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-");

    [KvmTheory]
    [InlineData("0.0.1.0")]
    [InlineData("99.0.0.0")]
    public async Task Another_Iced_that_was_loaded_first_disturbs_nothing(string version)
    {
        string library = MakeEmptyLibrary("Iced", version);

        ShellResult result = await Kvmsh($$"""
            "$([System.Reflection.Assembly]::LoadFrom('{{library}}').GetName().Version)"
            $vm = New-KvmVM -Code ([System.IO.File]::ReadAllBytes('{{Guest("triple")}}')) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
            $vm.Fault.Instruction
            """);

        Assert.Equal(("", $"{version}\nud2\n"), (result.Error, result.Output));
    }

    [KvmFact]
    public async Task The_end_of_the_process_ends_a_running_machine_and_completes_its_file()
    {
        string log = Path.Combine(_folder.FullName, "console.log");

        ShellResult result = await Kvmsh($$"""
            $vm = New-KvmVM -Code ([System.IO.File]::ReadAllBytes('{{Guest("echo")}}')) -SerialLogPath '{{log}}' | Start-KvmVM -PassThru
            $null = Wait-KvmSerial $vm 'ready\n' -Timeout 60
            Write-KvmSerial $vm 'no end of line' -NoNewline
            $null = Wait-KvmSerial $vm 'no end of line' -Timeout 60
            "$($vm.State)"
            """);

        Assert.Equal((0, "", "Running\n"), (result.ExitCode, result.Error, result.Output));
        // Lines are written as they end, the rest at the machine's end: a process that only died would have left it out.
        Assert.Equal("ready\nno end of line", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private static string Guest(string name) => RepositoryRoot.Combine("tests", "Guests", name, $"{name}.bin");

    private static Task<ShellResult> Kvmsh(string command) =>
        ShellProcess.Run(ShellProcess.Built("src/KvmPS.Shell", "kvmsh"), ["-Command", command]);

    /// <summary>An assembly with the name and key of one that we use, and nothing in it.</summary>
    private string MakeEmptyLibrary(string name, string version)
    {
        AssemblyName identity = AssemblyName.GetAssemblyName(RepositoryRoot.Combine("out", "KvmPS", "deps", $"{name}.dll"));
        identity.Version = Version.Parse(version);
        var builder = new PersistedAssemblyBuilder(identity, typeof(object).Assembly);
        builder.DefineDynamicModule(name);
        string path = Path.Combine(_folder.FullName, $"{name}.dll");
        builder.Save(path);
        return path;
    }
}
