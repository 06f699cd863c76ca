using System.Management.Automation;
using System.Management.Automation.Runspaces;
using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;
using PesterRunner.Commands;
using PesterRunner.Model;
using PesterRunner.Output;

namespace PesterRunner.Running;

/// <summary>One test file in a runspace of its own: discovery, selection, run.</summary>
internal sealed class TestFile(string path, RunnerOptions options, ConsoleReport report)
{
    /// <summary>How long one file may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private bool _completed;

    /// <summary>The file that runs now; there is one at a time.</summary>
    public static TestFile? Current { get; private set; }

    /// <summary>The block that is being discovered; null outside discovery.</summary>
    public Block? Discovering { get; set; }

    /// <summary>All that the file holds, known after discovery.</summary>
    public Block? Root { get; private set; }

    /// <summary>Runs the file. Whatever goes wrong is told to the report.</summary>
    public void Run(ConsoleOutput output, Interruption interruption)
    {
        report.FileStarted(path);
        using CancellationTokenSource limit = new(Limit);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, interruption.Token);
        using Watchdog watchdog = new(limit.Token, report);
        Prompter prompter = new(output, new TerminalInput(nonInteractive: true, stop.Token));
        KvmshHost host = new("PesterRunner", new KvmshUserInterface(output, prompter));
        using EngineSession session = new(host, stop.Token, Vocabulary.Entries);
        ErrorRecord? error = null;
        Current = this;
        try
        {
            session.Run(new Command(RunTestFileCommand.FullName));
        }
        catch (PipelineStoppedException) when (stop.IsCancellationRequested)
        {
            // The reason is told below: a stopped pipeline does not always say so.
        }
        catch (RuntimeException failure)
        {
            error = failure.ErrorRecord;
        }

        Current = null;
        output.ClearProgress();
        if (!_completed || error is not null) report.FileFailed(Reason(), error);

        string Reason() => interruption.ExitCodeOfSignal is not null ? "The run was interrupted."
            : limit.IsCancellationRequested ? $"The file took more than {Limit.TotalMinutes} minutes."
            : error is not null ? "The file could not be run"
            : "The file ended before its last test. Does it call exit?";
    }

    /// <summary>Both phases, inside the file's runspace.</summary>
    public void RunPhases(PSCmdlet caller)
    {
        Block root = new(parent: null, "File", Path.GetFileName(path), fixture: null, TestData.None);
        Root = Discovering = root;
        // The file runs in a scope of its own, so that nothing of discovery is left for the run.
        caller.InvokeCommand.InvokeScript(useLocalScope: true, ScriptBlock.Create("$null = & $args[0]"), input: null, path);
        Discovering = null;

        new Selection(options).Apply(root);
        using TestDrive drive = new();
        drive.Publish(caller);
        new BlockRunner(report, drive).Run(caller, root);
        _completed = true;
    }
}

/// <summary>Brings the current test file into its runspace.</summary>
[Cmdlet("Invoke", "TestFile")]
internal sealed class RunTestFileCommand : PSCmdlet
{
    public const string FullName = "Invoke-TestFile";

    protected override void EndProcessing() => TestFile.Current!.RunPhases(this);
}
