using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;

namespace KvmPS.Shell;

/// <summary>Runs a script file or text in a session and finds the exit code that pwsh would give.</summary>
internal sealed class ScriptRunner(EngineSession session, KvmshHost host, ConsoleOutput output, Interruption interruption)
{
    /// <summary>Imports the module, as a script would with <c>Import-Module</c>.</summary>
    /// <exception cref="RuntimeException">The module cannot be imported.</exception>
    public void ImportModule(string path)
    {
        Command import = new("Import-Module");
        import.Parameters.Add("Name", path);
        import.Parameters.Add("Scope", "Global");
        import.Parameters.Add("ErrorAction", ActionPreference.Stop);
        session.Run(import);
    }

    /// <summary>Runs a script file in the global scope.</summary>
    /// <param name="path">The script.</param>
    /// <param name="arguments">Its arguments, as they were typed.</param>
    /// <param name="rethrowsExit">Whether <c>exit</c> in the script is the end of the shell; otherwise it ends the script, and a prompt follows.</param>
    /// <returns>The code given to <c>exit</c>, 1 after an uncaught error, else 0: neither <c>$?</c> nor the code of a native program counts.</returns>
    public int RunFile(string path, IReadOnlyList<string> arguments, bool rethrowsExit)
    {
        // Like pwsh, a file with another extension (a #! script, say) is taken as text.
        bool isScriptFile = path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase);
        Command command = new(isScriptFile ? path : File.ReadAllText(path), isScript: !isScriptFile, useLocalScope: false);
        foreach (CommandParameter parameter in ScriptArguments.Parse(arguments)) command.Parameters.Add(parameter);
        if (rethrowsExit) ExitRethrow.Arm(session.Runspace);
        return Run(command, StandardInputFor(Parser.ParseFile(path, out _, out _))) ?? ExitCode.Success;
    }

    /// <summary>Runs text.</summary>
    /// <param name="text">The script.</param>
    /// <param name="input">Whether standard input is free for the text to find in <c>$input</c>.</param>
    /// <returns>The code given to <c>exit</c>, 1 after an uncaught error or when the last command failed, else 0.</returns>
    public int RunText(string text, bool input)
    {
        ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
        if (errors.Length > 0)
        {
            // The engine's own error for text that ends too early does not say where.
            Report(new ParseException(errors));
            return ExitCode.Failure;
        }

        return Run(new Command(text, isScript: true, useLocalScope: false), input ? StandardInputFor(script) : null) ??
            (session.LastCommandSucceeded ? ExitCode.Success : ExitCode.Failure);
    }

    // Null when the command came to its end by itself.
    private int? Run(Command command, IEnumerable<object>? input)
    {
        try
        {
            session.Run(command, input);
        }
        catch (PipelineStoppedException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCodeOfSignal ?? ExitCode.FromSignal(Interruption.Interrupted);
        }
        catch (RuntimeException error)
        {
            Report(error);
            return ExitCode.Failure;
        }

        return interruption.ExitCodeOfSignal ?? host.ExitRequest;
    }

    // An uncaught error has no pipeline left that could show it.
    private void Report(RuntimeException error)
    {
        output.AllToError = true;
        session.Show(error.ErrorRecord);
        output.AllToError = false;
    }

    // Standard input is read only for a script that uses $input; for all others it is the business of what they call.
    private static IEnumerable<object>? StandardInputFor(Ast script)
    {
        bool uses = Console.IsInputRedirected && script.Find(
            node => node is VariableExpressionAst variable && variable.VariablePath.UserPath.Equals("input", StringComparison.OrdinalIgnoreCase),
            searchNestedScriptBlocks: false) is not null;
        return uses ? Lines() : null;

        static IEnumerable<object> Lines()
        {
            while (Console.In.ReadLine() is { } line) yield return line;
        }
    }
}
