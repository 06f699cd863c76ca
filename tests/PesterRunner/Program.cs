using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;
using PesterRunner.Output;
using PesterRunner.Running;

namespace PesterRunner;

/// <summary>The entry point of the runner.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        try
        {
            RunnerOptions options = RunnerOptions.Parse(args);
            return options.SelfTest ? SelfTests.Run() : Run(options);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine($"{error.Message}\n\n{RunnerOptions.Usage}");
            return KvmPS.Shell.ExitCode.Usage;
        }
    }

    private static int Run(RunnerOptions options)
    {
        ConsoleOutput output = new();
        ConsoleReport report = new(output.Write, options.Detailed);
        using Interruption interruption = new();
        foreach (string file in options.FindFiles())
        {
            new TestFile(file, options, report).Run(output, interruption);
            if (interruption.ExitCodeOfSignal is not null) break;
        }

        report.Summary();
        return interruption.ExitCodeOfSignal ?? (report.Failed > 0 ? 1 : 0);
    }
}
