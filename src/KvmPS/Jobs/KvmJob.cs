using System.ComponentModel;
using System.Management.Automation;
using KvmPS.Commands;

namespace KvmPS.Jobs;

/// <summary>
/// A cmdlet's work on one thing, such as a machine or an image, in the background of this process: what it writes are the live objects themselves. It fails when the work
/// wrote an error, and stopping it cancels the work's waits.
/// </summary>
/// <remarks>
/// The work has a thread of its own, and not one of the pool: it does little but wait, perhaps for days, and the pool, which grows by one or two
/// threads a second, would make the jobs behind it wait with it. A thread that sleeps costs the few pages of its stack that it has touched.
/// </remarks>
internal sealed class KvmJob : UnsuspendableJob, ICmdletOutput
{
    private const int StackBytes = 1 << 20; // of address space; unpacking a kernel is the deepest that work goes

    private readonly IJobSubject _subject;
    private readonly string _cmdlet;
    private readonly string _cmdletClass;
    private readonly Action<ICmdletOutput, CancellationToken> _work;
    private readonly CancellationTokenSource _stop = new(); // has neither timer nor handle, and may be needed when the job is disposed
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;
    private bool _hasErrors;

    /// <summary>A job that has not started, and that no session knows.</summary>
    /// <param name="command">What the user typed.</param>
    /// <param name="cmdlet">The name of the cmdlet whose work it is, for errors.</param>
    /// <param name="cmdletClass">The full name of its class, for the ids of errors.</param>
    /// <param name="subject">What the work is about.</param>
    /// <param name="work">The work. It is called in a job that was stopped before it began, too, and sees that by its token.</param>
    internal KvmJob(string command, string cmdlet, string cmdletClass, IJobSubject subject, Action<ICmdletOutput, CancellationToken> work)
        : base(command)
    {
        _subject = subject;
        _cmdlet = cmdlet;
        _cmdletClass = cmdletClass;
        _work = work;
        Owner = Runspaces.Current;
        PSJobTypeName = "KvmJob";

        // Whoever goes through a stream of a running job gets what is there, and does not hang at its end.
        Output.EnumeratorNeverBlocks = true;
        Error.EnumeratorNeverBlocks = true;
        Warning.EnumeratorNeverBlocks = true;
        Verbose.EnumeratorNeverBlocks = true;
        Progress.EnumeratorNeverBlocks = true;
    }

    /// <summary>The machine's name, or the file's path.</summary>
    public override string Location => _subject.Location;

    /// <summary>How the machine is, or how far the work.</summary>
    public override string StatusMessage => _subject.Status;

    /// <summary>Whether <c>Receive-Job</c> has something to give, or may have later.</summary>
    public override bool HasMoreData => Output.IsOpen || Output.Count + Error.Count + Warning.Count + Verbose.Count + Progress.Count > 0;

    /// <summary>The runspace whose job it is.</summary>
    internal Runspaces.Owner Owner { get; }

    /// <summary>Makes a job, enters it into the cmdlet's session, and starts it.</summary>
    /// <param name="cmdlet">The cmdlet whose work it is.</param>
    /// <param name="vm">The machine that the work is about, and that errors have as their target.</param>
    /// <param name="work">The work.</param>
    public static KvmJob Start(PSCmdlet cmdlet, KvmVM vm, Action<ICmdletOutput, CancellationToken> work) => Start(cmdlet, new MachineSubject(vm), work);

    /// <summary>The same for work on anything.</summary>
    /// <param name="cmdlet">The cmdlet whose work it is.</param>
    /// <param name="subject">What the work is about.</param>
    /// <param name="work">The work.</param>
    public static KvmJob Start(PSCmdlet cmdlet, IJobSubject subject, Action<ICmdletOutput, CancellationToken> work)
    {
        var job = new KvmJob(CommandText(cmdlet.MyInvocation), cmdlet.MyInvocation.MyCommand.Name, cmdlet.GetType().FullName!, subject, work);
        KvmJobSourceAdapter.Register(cmdlet.JobManager, job);
        job.StartJob();
        return job;
    }

    /// <inheritdoc/>
    public override void StartJob()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new InvalidJobStateException("The job was started already.");
        RunningJobs.Add(this);
        SetJobState(JobState.Running);
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true, Name = $"kvm-{Path.GetFileName(_subject.Location)}-job" }.Start();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            Fail(exception);
        }
    }

    /// <summary>Cancels the work, and returns when it has ended.</summary>
    public override void StopJob()
    {
        Cancel();
        if (JobStateInfo.State is JobState.NotStarted or JobState.Running) _ended.Task.Wait(); // else those who are told of the end could not call this
    }

    /// <summary>Cancels the work; <see cref="Job2.StopJobCompleted"/> follows when it has ended, also when that was before.</summary>
    public override void StopJobAsync()
    {
        Cancel();
        _ = _ended.Task.ContinueWith(
            _ => OnStopJobCompleted(new AsyncCompletedEventArgs(error: null, cancelled: false, userState: null)), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public void WriteObject(object sendToPipeline) => Add(Output, PSObject.AsPSObject(sendToPipeline));

    /// <inheritdoc/>
    public void WriteError(ErrorRecord errorRecord)
    {
        _hasErrors = true;

        // PowerShell makes a record whole with the cmdlet that wrote it, which has gone here.
        string id = $"{errorRecord.FullyQualifiedErrorId},{_cmdletClass}";
        var whole = new ErrorRecord(errorRecord.Exception, id, errorRecord.CategoryInfo.Category, errorRecord.TargetObject) { ErrorDetails = errorRecord.ErrorDetails };
        whole.CategoryInfo.Activity = _cmdlet;
        Add(Error, whole);
    }

    /// <inheritdoc/>
    public void WriteWarning(string text) => Add(Warning, new WarningRecord(text));

    /// <inheritdoc/>
    public void WriteVerbose(string text) => Add(Verbose, new VerboseRecord(text));

    /// <inheritdoc/>
    public void WriteProgress(ProgressRecord progressRecord)
    {
        Progress.ReadAll(); // only the newest counts, and a job may wait for days
        Add(Progress, progressRecord);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Cancel();
        base.Dispose(disposing);
    }

    private static void Add<T>(PSDataCollection<T> stream, T item)
    {
        try
        {
            stream.Add(item);
        }
        catch (InvalidOperationException)
        {
            // The job was disposed, or a Receive-Job that listened was, in this moment: nobody wants the item, or it is in the stream all the same.
        }
    }

    /// <summary>What the user typed, from the cmdlet on; the cmdlet's name when nobody typed it.</summary>
    private static string CommandText(InvocationInfo invocation) =>
        invocation.OffsetInLine > 0 && invocation.OffsetInLine <= invocation.Line.Length ? invocation.Line[(invocation.OffsetInLine - 1)..].Trim() : invocation.InvocationName;

    private void Run()
    {
        try
        {
            _work(this, _stop.Token);
            End(_hasErrors ? JobState.Failed : JobState.Completed);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            End(JobState.Stopped);
        }
        catch (Exception exception) when (ErrorMapper.Map(exception) is { } error)
        {
            WriteError(error.ToErrorRecord(_subject.Target));
            End(JobState.Failed);
        }
        catch (Exception bug)
        {
            Fail(bug); // on this thread it would end the process
        }
    }

    private void Fail(Exception exception)
    {
        WriteError(new ErrorRecord(exception, exception.GetType().FullName, ErrorCategory.NotSpecified, _subject.Target));
        End(JobState.Failed);
    }

    private void Cancel()
    {
        _stop.Cancel();
        if (Interlocked.Exchange(ref _started, 1) == 0) End(JobState.Stopped);
    }

    private void End(JobState state)
    {
        try
        {
            SetJobState(state);
        }
        catch (ObjectDisposedException)
        {
            // Somebody disposed the job while it ran: there is nobody to tell.
        }

        RunningJobs.Remove(this);
        _ended.SetResult();
    }
}
