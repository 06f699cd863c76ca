using System.Management.Automation;
using KvmPS.Jobs;

namespace KvmPS.Commands;

/// <summary>The base of all cmdlets: a token that Ctrl+C cancels, and expected exceptions mapped to error records item by item.</summary>
public abstract class KvmCmdlet : PSCmdlet, ICmdletOutput, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    protected CancellationToken Cancellation => _stop.Token;

    /// <summary>Whether anybody listens to what <c>-Verbose</c> tells; asked where the telling costs something.</summary>
    private protected bool IsVerbose => MyInvocation.BoundParameters.ContainsKey("Verbose") || GetVariableValue("VerbosePreference") is not (null or ActionPreference.SilentlyContinue);

    /// <summary>Frees the token.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Tells a step of the story. With <c>-Debug</c> alone the engine would make a question of it; then it is told as a debug line.</summary>
    /// <param name="text">The step.</param>
    public new void WriteVerbose(string text)
    {
        if (MyInvocation.BoundParameters.ContainsKey("Debug") && !MyInvocation.BoundParameters.ContainsKey("Verbose")) WriteDebug(text);
        else base.WriteVerbose(text);
    }

    /// <summary>Ctrl+C, or the end of a pipeline downstream: whatever waits ends at once.</summary>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Does one item's work: an expected failure becomes this item's error, and the pipeline goes on.</summary>
    /// <param name="target">What the error is about.</param>
    /// <param name="work">The work.</param>
    protected void ForItem(object? target, Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception exception) when (ErrorMapper.Map(exception) is { } error)
        {
            WriteError(error.ToErrorRecord(target));
        }

        Notices.Tell(this, target as KvmVM);
    }

    /// <summary>Does a machine's work: here and now, or in a job, which is written at once instead of what the work writes.</summary>
    /// <param name="asJob">Whether in a job.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="work">
    /// The work, for any thread: it writes to the given output and nowhere else, has asked <c>ShouldProcess</c> before, and reads no parameter that comes
    /// from the pipeline, since the next item may be bound by then.
    /// </param>
    private protected void Perform(bool asJob, KvmVM vm, Action<ICmdletOutput, CancellationToken> work)
    {
        if (asJob) WriteObject(KvmJob.Start(this, vm, Telling));
        else Telling(this, Cancellation);

        void Telling(ICmdletOutput output, CancellationToken cancellation)
        {
            work(output, cancellation);
            Notices.Tell(output, vm);
        }
    }

    /// <summary>Ends the cmdlet with an error.</summary>
    internal void Terminate(KvmErrorException error, object? target) => ThrowTerminatingError(error.ToErrorRecord(target));

    /// <summary>A path of the file system, from one that may go through PowerShell drives and need not exist.</summary>
    internal string ResolveFile(string path)
    {
        if (TextFor<KvmErrorException>.Behind(path) is { } refusal) throw refusal;
        string resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.Name == "FileSystem" ? resolved : throw NotOfFileSystem(path, provider);
    }

    /// <summary>The error for a path on a drive that has no files.</summary>
    private protected static KvmErrorException NotOfFileSystem(string path, ProviderInfo provider) => new(
        KvmErrorId.InvalidPath, ErrorCategory.InvalidArgument, $"'{path}' is on the drive of the {provider.Name} provider.", "Give a path of the file system.");
}
