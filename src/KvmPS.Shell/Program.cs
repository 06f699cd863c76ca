using System.Management.Automation;
using System.Reflection;
using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;

namespace KvmPS.Shell;

/// <summary>The entry point of kvmsh.</summary>
internal static class Program
{
    /// <summary>The engine reports its use to its makers unless this variable says 1. What kvmsh runs is nobody's business, and the reporting takes CPU time from guests.</summary>
    private const string TelemetryOptOut = "POWERSHELL_TELEMETRY_OPTOUT";

    /// <summary>Runs what the command line names.</summary>
    public static int Main(string[] args)
    {
        CommandLine line;
        try
        {
            line = CommandLine.Parse(args);
        }
        catch (CommandLineException error)
        {
            return Refuse($"{error.Message}\n\n{CommandLine.Usage}");
        }

        switch (line.Action)
        {
            case ShellAction.Help:
                Console.Out.WriteLine(CommandLine.Usage);
                return ExitCode.Success;
            case ShellAction.Version:
                Console.Out.WriteLine($"kvmsh {VersionOf(typeof(Program))} (PowerShell engine {VersionOf(typeof(PSObject))})");
                return ExitCode.Success;
            case ShellAction.File when !File.Exists(line.Text):
                return Refuse($"The script '{line.Text}' does not exist.");
            case ShellAction.Unspecified when !Console.IsInputRedirected:
                return Refuse($"kvmsh has no interactive prompt yet. Name a script, or use -Command.\n\n{CommandLine.Usage}");
            default:
                return Run(line);
        }
    }

    private static int Run(CommandLine line)
    {
        if (Environment.GetEnvironmentVariable(TelemetryOptOut) is null) Environment.SetEnvironmentVariable(TelemetryOptOut, "1");
        using Interruption interruption = new();
        ConsoleOutput output = new();
        Prompter prompter = new(output, new TerminalInput(line.NonInteractive, interruption.Token));
        KvmshHost host = new("kvmsh", new KvmshUserInterface(output, prompter));
        using EngineSession session = new(host, interruption.Token);
        ScriptRunner runner = new(session, host, output, interruption);
        try
        {
            runner.ImportModule(ModuleLocator.Find(AppContext.BaseDirectory));
        }
        catch (Exception error) when (error is RuntimeException or FileNotFoundException)
        {
            Console.Error.WriteLine($"kvmsh cannot import the KvmPS module: {error.Message}");
            return interruption.ExitCodeOfSignal ?? ExitCode.StartupFailure;
        }

        int code = line.Action switch
        {
            ShellAction.File => runner.RunFile(Path.GetFullPath(line.Text), line.Arguments),
            ShellAction.Command => runner.RunText(line.Text, input: true),
            _ => runner.RunText(Console.In.ReadToEnd(), input: false),
        };
        output.ClearProgress();
        return code;
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCode.Usage;
    }

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', ' ')[0] ?? "unknown";
}
