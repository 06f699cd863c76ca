using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using KvmPS.Shell.Host;

namespace KvmPS.Shell.Engine;

/// <summary>One runspace of the embedded engine: the Core cmdlets, the whole language, and advice on what pwsh has beyond that.</summary>
internal sealed class EngineSession : IDisposable
{
    private readonly PSHost _host;

    // The engine sends telemetry unless it is told not to, before its first runspace.
    static EngineSession() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

    /// <summary>Opens a runspace.</summary>
    /// <param name="host">What the runspace's commands write to and ask.</param>
    /// <param name="stopping">Stops the running pipeline when it is cancelled, and refuses later ones.</param>
    /// <param name="commands">Commands to have beside those of the engine.</param>
    public EngineSession(PSHost host, CancellationToken stopping, params ReadOnlySpan<SessionStateCommandEntry> commands)
    {
        _host = host;
        Stopping = stopping;
        if (!Terminal.OutputHasColor && !Terminal.ErrorHasColor) PSStyle.Instance.OutputRendering = OutputRendering.PlainText;

        InitialSessionState state = InitialSessionState.CreateDefault2();
        foreach (SessionStateCommandEntry command in commands) state.Commands.Add(command);
        Runspace = RunspaceFactory.CreateRunspace(host, state);
        Runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        Runspace.Open();
        Runspace.SessionStateProxy.InvokeCommand.CommandNotFoundAction = MissingCommandAdvice.OnCommandNotFound;
    }

    /// <summary>Stops the running pipeline when it is cancelled, and refuses later ones.</summary>
    public CancellationToken Stopping { get; set; }

    /// <summary>The runspace.</summary>
    public Runspace Runspace { get; }

    /// <summary>Whether the last command succeeded: the value of <c>$?</c>.</summary>
    public bool LastCommandSucceeded => Runspace.SessionStateProxy.GetVariable("?") is true;

    /// <summary>Runs a command, and shows what it writes, errors included, as the default formatting does.</summary>
    /// <param name="command">A command or script text with its parameters.</param>
    /// <param name="input">What the command finds in its pipeline.</param>
    /// <exception cref="RuntimeException">An uncaught error ended the command.</exception>
    /// <exception cref="PipelineStoppedException">The session is being stopped.</exception>
    public void Run(Command command, IEnumerable<object>? input = null)
    {
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        Invoke(input, keeps: true, command, OutDefault());
    }

    /// <summary>Shows an object as the default formatting does.</summary>
    public void Show(object value) => Invoke([value], keeps: false, OutDefault());

    /// <summary>Runs a command aside: what it writes is not shown, and it leaves no trace in the history.</summary>
    /// <returns>What it writes as text.</returns>
    /// <inheritdoc cref="Run"/>
    public string TextOf(string command)
    {
        using Pipeline pipeline = Runspace.CreatePipeline(command);
        using CancellationTokenRegistration stop = Stopping.Register(pipeline.StopAsync);
        return string.Concat(pipeline.Invoke());
    }

    /// <summary>Unloads the modules, so that they run their OnRemove, and closes the runspace.</summary>
    public void Dispose()
    {
        using (PowerShell shell = PowerShell.Create(Runspace))
            shell.AddCommand("Get-Module").AddCommand("Remove-Module").AddParameter("Force").AddParameter("ErrorAction", ActionPreference.Ignore).Invoke();
        Runspace.Dispose();
    }

    private static Command OutDefault() => new("Out-Default", isScript: false, useLocalScope: true);

    private static string Describe(object error)
    {
        InvocationInfo? place = ((error as PSObject)?.BaseObject as ErrorRecord)?.InvocationInfo;
        string text = string.IsNullOrEmpty(place?.ScriptName) ? $"{error}" : $"{error} ({place.ScriptName}:{place.ScriptLineNumber})";
        return PSStyle.Instance.Formatting.Error + text + PSStyle.Instance.Reset;
    }

    // Only a pipeline for the history leaves $? as its last command set it.
    private void Invoke(IEnumerable<object>? input, bool keeps, params ReadOnlySpan<Command> commands)
    {
        using Pipeline pipeline = Runspace.CreatePipeline(commands[0].CommandText, addToHistory: keeps);
        pipeline.Commands.Clear();
        foreach (Command command in commands) pipeline.Commands.Add(command);

        // Script blocks that .NET code calls write past Out-Default.
        pipeline.Error.DataReady += (_, _) =>
        {
            foreach (object error in pipeline.Error.NonBlockingRead()) _host.UI.WriteErrorLine(Describe(error));
        };
        if (Stopping.IsCancellationRequested) throw new PipelineStoppedException();
        using CancellationTokenRegistration stop = Stopping.Register(pipeline.StopAsync);
        pipeline.Invoke(input ?? []);
    }
}
