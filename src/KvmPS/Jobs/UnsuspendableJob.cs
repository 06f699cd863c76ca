using System.ComponentModel;
using System.Management.Automation;

namespace KvmPS.Jobs;

/// <summary>The part of <see cref="Job2"/> that jobs do not need which cannot be suspended and never ask anybody anything.</summary>
internal abstract class UnsuspendableJob : Job2
{
    /// <summary>A job of a command.</summary>
    protected UnsuspendableJob(string command)
        : base(command)
    {
    }

    /// <inheritdoc/>
    public override void StartJobAsync()
    {
        StartJob();
        OnStartJobCompleted(new AsyncCompletedEventArgs(error: null, cancelled: false, userState: null));
    }

    /// <inheritdoc/>
    public override void StopJob(bool force, string reason) => StopJob();

    /// <inheritdoc/>
    public override void StopJobAsync(bool force, string reason) => StopJobAsync();

    /// <inheritdoc/>
    public override void SuspendJob() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void SuspendJob(bool force, string reason) => throw CannotSuspend();

    /// <inheritdoc/>
    public override void SuspendJobAsync() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void SuspendJobAsync(bool force, string reason) => throw CannotSuspend();

    /// <inheritdoc/>
    public override void ResumeJob() => throw CannotSuspend();

    /// <inheritdoc/>
    public override void ResumeJobAsync() => throw CannotSuspend();

    /// <summary>Nothing to do: the job is never blocked.</summary>
    public override void UnblockJob()
    {
    }

    /// <summary>Nothing to do: the job is never blocked.</summary>
    public override void UnblockJobAsync() => OnUnblockJobCompleted(new AsyncCompletedEventArgs(error: null, cancelled: false, userState: null));

    private static NotSupportedException CannotSuspend() => new("Jobs of KvmPS cannot be suspended. Stop-Job ends one, and leaves its machine as it is.");
}
