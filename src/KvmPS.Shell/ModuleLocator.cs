namespace KvmPS.Shell;

/// <summary>Finds the staged KvmPS module, the folder that users import in pwsh too.</summary>
internal static class ModuleLocator
{
    /// <summary>The environment variable that names the module's folder or manifest.</summary>
    public const string Variable = "KVMPS_MODULE_PATH";

    private const string Manifest = "KvmPS.psd1";

    /// <summary>The module's manifest: from <see cref="Variable"/>, else <c>Modules/KvmPS</c> beside the executable, else <c>out/KvmPS</c> in a folder above it.</summary>
    /// <exception cref="FileNotFoundException">The module is nowhere; the message lists what was tried.</exception>
    public static string Find(string executableFolder)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } configured)
        {
            if (File.Exists(configured)) return Path.GetFullPath(configured);
            return ManifestIn(Path.GetFullPath(configured)) ?? throw new FileNotFoundException($"{Variable} names '{configured}', where there is no {Manifest}.");
        }

        string beside = Path.Combine(executableFolder, "Modules", "KvmPS");
        if (ManifestIn(beside) is { } shipped) return shipped;

        for (DirectoryInfo? folder = new(executableFolder); folder is not null; folder = folder.Parent)
        {
            if (ManifestIn(Path.Combine(folder.FullName, "out", "KvmPS")) is { } built) return built;
        }

        throw new FileNotFoundException(
            $"The KvmPS module was found neither in '{beside}' nor in an 'out/KvmPS' above it. Build the project, or set {Variable} to the module's folder.");
    }

    private static string? ManifestIn(string folder)
    {
        string manifest = Path.Combine(folder, Manifest);
        return File.Exists(manifest) ? manifest : null;
    }
}
