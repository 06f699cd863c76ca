using System.Globalization;
using KvmPS.Bench.Measuring;

namespace KvmPS.Bench.Benches;

/// <summary>What <c>Import-Module</c> costs a fresh process, over what it costs for a module with nothing in it.</summary>
internal sealed class ImportBench : IBench
{
    private const int MillisecondsPerSecond = 1000;

    /// <inheritdoc/>
    public string Name => "import";

    /// <inheritdoc/>
    public string Purpose => "Import-Module in a fresh process, milliseconds; an empty binary module";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        int rounds = options.RoundsOr(full: 15, quick: 9);
        Table.Header("empty module");
        Compare("whole process of kvmsh, ms", rounds, RunShell);
        if (IsOnPath("pwsh")) Compare("Import-Module in pwsh, ms", rounds, RunPwsh);
        else Table.Note("pwsh is not on PATH.");
    }

    private static void Compare(string figure, int rounds, Func<string, double> import)
    {
        import(Places.Module); // the files are in the page cache from here on
        import(Places.EmptyModule);
        List<double> ours = [];
        List<double> empty = [];
        for (int round = 0; round < rounds; round++)
        {
            ours.Add(import(Places.Module));
            empty.Add(import(Places.EmptyModule));
        }

        Table.Row(figure, ours.Median(), empty.Median(), Bar.Over(80));
        Table.Row("  quietest round, ms", ours.Min(), empty.Min(), Bar.None);
    }

    /// <summary>kvmsh imports its module before anything else, so its whole process is timed.</summary>
    private static double RunShell(string module) =>
        Child.Run(Places.Shell, ["-Command", "exit"], ("KVMPS_MODULE_PATH", module)).Checked("kvmsh").Seconds * MillisecondsPerSecond;

    private static double RunPwsh(string module)
    {
        string script = $"$watch = [Diagnostics.Stopwatch]::StartNew(); Import-Module '{module}'; [Console]::Out.Write($watch.Elapsed.TotalMilliseconds)";
        return double.Parse(Child.Run("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script]).Checked("pwsh").Output, CultureInfo.InvariantCulture);
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
