using KvmPS.Bench.Benches;

namespace KvmPS.Bench.Measuring;

/// <summary>Where the things are that benches run.</summary>
internal static class Places
{
    /// <summary>The root of the project.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The staged module.</summary>
    public static string Module => InRoot("out/KvmPS/KvmPS.psd1");

    /// <summary>The shell with the embedded engine.</summary>
    public static string Shell => InRoot("src/KvmPS.Shell/bin/Release/net10.0/linux-x64/kvmsh");

    /// <summary>The module that does nothing.</summary>
    public static string EmptyModule => InRoot("bench/EmptyModule/bin/Release/net10.0/EmptyModule.dll");

    /// <summary>This program.</summary>
    public static string Bench => Path.Combine(AppContext.BaseDirectory, "KvmPS.Bench");

    /// <summary>A path under the root.</summary>
    public static string InRoot(string path) => Path.Combine(Root, path);

    /// <summary>The committed bytes of a guest program.</summary>
    public static byte[] GuestProgram(string name) => File.ReadAllBytes(InRoot($"tests/Guests/{name}/{name}.bin"));

    /// <summary>A C program of bench/reference, brought up to date first.</summary>
    /// <exception cref="BenchNotPossibleException">It cannot be compiled here.</exception>
    public static string Reference(string name)
    {
        Child.Run("make", ["--silent", "-C", InRoot("bench/reference"), $"../../out/bench/{name}"]).Checked("make");
        return InRoot($"out/bench/{name}");
    }

    /// <summary>A file of the Linux test guest: in KVMPS_TEST_GUEST, or in ../shared/guest beside the project.</summary>
    /// <exception cref="BenchNotPossibleException">It is not here.</exception>
    public static string TestGuest(string name)
    {
        string folder = Environment.GetEnvironmentVariable("KVMPS_TEST_GUEST") is { Length: > 0 } named ? named : InRoot("../shared/guest");
        string path = Path.GetFullPath(Path.Combine(folder, name));
        return File.Exists(path) ? path : throw new BenchNotPossibleException($"there is no {path}: set KVMPS_TEST_GUEST to the folder of the Linux test guest.");
    }

    /// <summary>Debian's kernel for cloud machines, from the cache of the test set-up, which is asked to fetch it.</summary>
    /// <exception cref="BenchNotPossibleException">It is not there and cannot be fetched.</exception>
    public static string DebianKernel()
    {
        string cache = Environment.GetEnvironmentVariable("KVMPS_CACHE") is { Length: > 0 } named ? named : InRoot(".cache");
        string shelf = Path.Combine(cache, "debian-kernel");
        string script = InRoot("tests/setup/fetch-debian-kernel.sh");
        if (FindKernel(shelf) is null && File.Exists(script)) Child.Run(script, []).Checked(script);
        return FindKernel(shelf) ?? throw new BenchNotPossibleException($"there is no kernel in {shelf}; {script} fetches it.");
    }

    private static string? FindKernel(string shelf) =>
        Directory.Exists(shelf) ? Directory.EnumerateFiles(shelf, "vmlinuz-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault() : null;

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "KvmPS.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("KvmPS.Bench runs from inside the project's folder.");
    }
}
