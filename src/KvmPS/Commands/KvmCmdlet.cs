using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>The base of all cmdlets: a token that Ctrl+C cancels, and expected exceptions mapped to error records item by item.</summary>
public abstract class KvmCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    protected CancellationToken Cancellation => _stop.Token;

    /// <summary>Frees the token.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
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
    }

    /// <summary>Ends the cmdlet with an error.</summary>
    internal void Terminate(KvmErrorException error, object? target) => ThrowTerminatingError(error.ToErrorRecord(target));

    /// <summary>A path of the file system, from one that may go through PowerShell drives and need not exist.</summary>
    internal string ResolveFile(string path)
    {
        string resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.Name == "FileSystem" ? resolved : throw NotOfFileSystem(path, provider);
    }

    /// <summary>The error for a path on a drive that has no files.</summary>
    private protected static KvmErrorException NotOfFileSystem(string path, ProviderInfo provider) => new(
        KvmErrorId.InvalidPath, ErrorCategory.InvalidArgument, $"'{path}' is on the drive of the {provider.Name} provider.", "Give a path of the file system.");
}
