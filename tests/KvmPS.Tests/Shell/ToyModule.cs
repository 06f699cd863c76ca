namespace KvmPS.Tests.Shell;

/// <summary>A folder with a small module that kvmsh imports in place of KvmPS, and with the scripts of a test.</summary>
public sealed class ToyModule : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmsh-");

    /// <summary>Writes the module.</summary>
    public ToyModule()
    {
        Write("KvmPS.psd1", "@{ RootModule = 'KvmPS.psm1'; ModuleVersion = '1.0'; FunctionsToExport = 'Get-Toy' }");
        Write("KvmPS.psm1", """
            function Get-Toy { [pscustomobject]@{ Name = 'toy'; Value = 42; Remark = 'x' * 80 } }
            $ExecutionContext.SessionState.Module.OnRemove = { [Console]::Out.WriteLine('toy removed') }
            """);
    }

    /// <summary>The folder.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Writes a file into the folder and gives its path.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
