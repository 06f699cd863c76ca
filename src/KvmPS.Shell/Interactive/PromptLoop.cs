using System.Management.Automation;
using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;

namespace KvmPS.Shell.Interactive;

/// <summary>The interactive session: reads a statement, runs it, and so on until somebody leaves.</summary>
internal sealed class PromptLoop(EngineSession session, ScriptRunner runner, KvmshHost host, ConsoleOutput output, Interruption interruption, IStatementReader statements)
{
    private const string PlainPrompt = "PS>";

    /// <summary>Runs until <c>exit</c>, the end of the input or a signal that ends the process.</summary>
    /// <returns>The code given to <c>exit</c>, 0 at the end of the input.</returns>
    public int Run()
    {
        while (true)
        {
            output.ClearProgress();
            if ((interruption.ExitCodeOfSignal ?? host.ExitRequest) is { } code) return code;
            session.Stopping = interruption.Renew();
            try
            {
                if (statements.Read(Prompt) is not { } statement) return ExitCode.Success;
                if (!string.IsNullOrWhiteSpace(statement)) runner.RunText(statement, input: false);
            }
            catch (OperationCanceledException)
            {
                // A signal ended the wait for keys: the next turn tells whether to go on.
                output.Write(Environment.NewLine);
            }
            catch (EndOfStreamException)
            {
                return interruption.ExitCodeOfSignal ?? ExitCode.Success;
            }
        }
    }

    // As pwsh does when the user's function has no answer.
    private string Prompt()
    {
        try
        {
            return session.TextOf("prompt") is { Length: > 0 } prompt ? prompt : PlainPrompt;
        }
        catch (RuntimeException)
        {
            return PlainPrompt;
        }
    }
}
