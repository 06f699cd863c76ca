using System.Management.Automation;
using System.Reflection;
using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;
using KvmPS.Shell.Interactive;

namespace KvmPS.Shell;

/// <summary>The entry point of kvmsh.</summary>
internal static class Program
{
    /// <summary>The engine reports its use to its makers unless this variable says 1. What kvmsh runs is nobody's business, and the reporting takes CPU time from guests.</summary>
    private const string TelemetryOptOut = "POWERSHELL_TELEMETRY_OPTOUT";

    private static string Version => $"kvmsh {VersionOf(typeof(Program))} (PowerShell engine {VersionOf(typeof(PSObject))})";

    private static string Greeting => $"{Version}\nGet-Command -Module KvmPS lists the cmdlets, Get-Help explains one, exit leaves.\n\n";

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
                Console.Out.WriteLine(Version);
                return ExitCode.Success;
            case ShellAction.File when !File.Exists(line.Text):
                return Refuse($"The script '{line.Text}' does not exist.");
            case ShellAction.Unspecified when line.NonInteractive && !Console.IsInputRedirected:
                return Refuse($"-NonInteractive leaves nobody to ask what to run. Name a script, or use -Command.\n\n{CommandLine.Usage}");
            case ShellAction.StandardInput when line.NoExit:
                return Refuse($"-NoExit goes with a script or with -Command: standard input ends with what it holds.\n\n{CommandLine.Usage}");
            default:
                return Run(line);
        }
    }

    private static int Run(CommandLine line)
    {
        if (Environment.GetEnvironmentVariable(TelemetryOptOut) is null) Environment.SetEnvironmentVariable(TelemetryOptOut, "1");
        using Interruption interruption = new();
        ConsoleOutput output = new();
        TerminalInput input = new(line.NonInteractive, interruption.Token);
        KvmshHost host = new("kvmsh", new KvmshUserInterface(output, new Prompter(output, input)));
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

        bool isInteractive = line.NoExit || (line.Action == ShellAction.Unspecified && !Console.IsInputRedirected);
        PromptLoop? prompt = isInteractive ? Prompt(line, session, runner, host, output, interruption, input) : null;
        int code = line.Action switch
        {
            ShellAction.File => runner.RunFile(Path.GetFullPath(line.Text), line.Arguments, rethrowsExit: !line.NoExit),
            ShellAction.Command => runner.RunText(line.Text, input: !line.NoExit),
            ShellAction.Unspecified when isInteractive => ExitCode.Success,
            _ => runner.RunText(Console.In.ReadToEnd(), input: false),
        };
        output.ClearProgress();
        return prompt?.Run() ?? code;
    }

    // Made before the script runs: Ctrl+C in it leads to the prompt, and its questions are asked as those at the prompt.
    private static PromptLoop Prompt(
        CommandLine line, EngineSession session, ScriptRunner runner, KvmshHost host, ConsoleOutput output, Interruption interruption, TerminalInput input)
    {
        session.Stopping = interruption.Renew();
        ConsoleTerminal terminal = new(output, () => interruption.Token);
        EngineLineHelper helper = new(session.Runspace);
        if (ConsoleTerminal.IsTerminal) input.Reader = new QuestionReader(terminal, interruption);
        if (ConsoleTerminal.IsTerminal && !line.NoLogo && line.Action == ShellAction.Unspecified) output.Write(Greeting);
        IStatementReader statements = ConsoleTerminal.CanEdit ? new EditedStatements(terminal, helper, output)
            : ConsoleTerminal.IsTerminal ? new PlainStatements(terminal, helper)
            : new PipedStatements(Console.In, helper);
        return new PromptLoop(session, runner, host, output, interruption, statements);
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCode.Usage;
    }

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', ' ')[0] ?? "unknown";
}
