using System.Management.Automation;
using KvmPS.Commands;
using KvmPS.Core.Machine;
using KvmPS.Jobs;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>A job's life, with work of all kinds.</summary>
public class KvmJobTests
{
    private readonly KvmVM _vm = new(new MachineConfig { Name = "quiet", Boot = new CodeBoot(new byte[] { 0xf4 }, KvmPS.Core.Boot.CpuMode.Real, 0x1000) }, Runspaces.Current);

    [Fact]
    public void It_runs_and_completes_and_tells_so()
    {
        using KvmJob job = Job(static (output, _) => output.WriteObject("done"));
        var states = new List<JobState>();
        job.StateChanged += (_, change) => states.Add(change.JobStateInfo.State);
        Assert.Equal(JobState.NotStarted, job.JobStateInfo.State);

        Run(job);

        Assert.Equal([JobState.Running, JobState.Completed], states);
        Assert.Equal("done", Assert.Single(job.Output).BaseObject);
        Assert.True(job.PSBeginTime <= job.PSEndTime);
        Assert.Equal("quiet", job.Location);
        Assert.Equal("Not started", job.StatusMessage);
        Assert.Equal("KvmJob", job.PSJobTypeName);
        Assert.Throws<InvalidJobStateException>(job.StartJob);
    }

    [Fact]
    public void Work_on_a_file_says_where_and_how_far_it_is()
    {
        var file = new FileSubject("/images/a.raw");
        using var job = new KvmJob("Test-Job", "Test-Job", "KvmPS.Commands.TestCommand", file, (_, _) =>
        {
            file.Status = "half";
            throw new DirectoryNotFoundException("gone");
        });
        Run(job);
        Assert.Equal("/images/a.raw", job.Location);
        Assert.Equal("half", job.StatusMessage);
        Assert.Equal("/images/a.raw", Assert.Single(job.Error).TargetObject);
    }

    [Fact]
    public void What_it_writes_is_the_object_itself()
    {
        using KvmJob job = Job((output, _) => output.WriteObject(_vm));
        Run(job);
        Assert.Same(_vm, Assert.Single(job.Output).BaseObject);
    }

    [Fact]
    public void It_has_more_data_until_it_has_ended_and_all_is_read()
    {
        using var goOn = new ManualResetEventSlim();
        using KvmJob job = Job((output, _) =>
        {
            goOn.Wait(Patience.Long);
            output.WriteWarning("careful");
        });
        job.StartJob();
        Assert.True(job.HasMoreData);
        goOn.Set();
        Finish(job);
        Assert.True(job.HasMoreData);
        Assert.Equal("careful", Assert.Single(job.Warning.ReadAll()).Message);
        Assert.False(job.HasMoreData);
    }

    [Fact]
    public void It_fails_with_the_errors_that_the_cmdlet_would_have_written()
    {
        using KvmJob thrown = Job((_, _) => throw MachineErrors.NeverStarted(_vm));
        using KvmJob written = Job((output, _) =>
        {
            output.WriteError(MachineErrors.NeverStarted(_vm).ToErrorRecord(_vm));
            output.WriteObject("and more");
        });
        foreach (KvmJob job in new[] { thrown, written })
        {
            Run(job);
            Assert.Equal(JobState.Failed, job.JobStateInfo.State);
            ErrorRecord error = Assert.Single(job.Error);
            Assert.Equal("KvmVMNeverStarted,KvmPS.Commands.TestCommand", error.FullyQualifiedErrorId);
            Assert.Equal("Test-Job", error.CategoryInfo.Activity);
            Assert.Equal(ErrorCategory.InvalidOperation, error.CategoryInfo.Category);
            Assert.Same(_vm, error.TargetObject);
            Assert.Contains("Start-KvmVM", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        }

        Assert.Single(written.Output);
    }

    [Fact]
    public void It_fails_with_a_bug_and_the_process_goes_on()
    {
        using KvmJob job = Job(static (_, _) => throw new NotImplementedException("a bug"));
        Run(job);
        Assert.Equal(JobState.Failed, job.JobStateInfo.State);
        Assert.Equal("a bug", Assert.Single(job.Error).Exception.Message);
    }

    [Fact]
    public void Stopping_it_cancels_the_work_and_returns_when_that_has_ended()
    {
        bool ended = false;
        using KvmJob job = Job((_, cancellation) =>
        {
            cancellation.WaitHandle.WaitOne(Patience.Long);
            ended = true;
            cancellation.ThrowIfCancellationRequested();
        });
        job.StartJob();
        job.StopJob();
        Assert.True(ended);
        Assert.Equal(JobState.Stopped, job.JobStateInfo.State);
        Assert.Empty(job.Error);
    }

    [Fact]
    public void Work_that_came_to_its_end_all_the_same_is_completed()
    {
        using KvmJob job = Job(static (_, cancellation) => cancellation.WaitHandle.WaitOne(Patience.Long));
        job.StartJob();
        job.StopJob();
        Assert.Equal(JobState.Completed, job.JobStateInfo.State);
    }

    [Fact]
    public void A_job_that_was_stopped_before_its_start_never_starts()
    {
        using KvmJob job = Job(static (output, _) => output.WriteObject("done"));
        job.StopJob();
        Assert.Equal(JobState.Stopped, job.JobStateInfo.State);
        Assert.Throws<InvalidJobStateException>(job.StartJob);
        Assert.Empty(job.Output);
    }

    [Fact]
    public void Each_call_to_stop_it_is_answered_once_also_after_its_end()
    {
        using KvmJob job = Job(static (_, _) => { });
        Run(job);
        using var answers = new SemaphoreSlim(0);
        job.StopJobCompleted += (_, _) => answers.Release();
        job.StopJobAsync();
        Assert.True(answers.Wait(Patience.Long));
        job.StopJobAsync(force: true, reason: "again");
        Assert.True(answers.Wait(Patience.Long));
        Assert.Equal(0, answers.CurrentCount);
    }

    [Fact]
    public void Who_is_told_of_its_end_may_stop_and_dispose_it()
    {
        using var told = new ManualResetEventSlim();
        KvmJob job = Job(static (_, _) => { });
        job.StateChanged += (_, change) =>
        {
            if (change.JobStateInfo.State != JobState.Completed) return;
            job.StopJob();
            job.Dispose();
            told.Set();
        };
        job.StartJob();
        Assert.True(told.Wait(Patience.Long));
    }

    [Fact]
    public void Disposing_it_cancels_the_work_whose_last_words_nobody_hears()
    {
        using var said = new ManualResetEventSlim();
        KvmJob job = Job((output, cancellation) =>
        {
            cancellation.WaitHandle.WaitOne(Patience.Long);
            output.WriteObject("too late");
            output.WriteProgress(new ProgressRecord(1, "too late", "too"));
            output.WriteError(MachineErrors.NotFound("late").ToErrorRecord(target: null));
            said.Set();
        });
        job.StartJob();
        job.Dispose();
        Assert.True(said.Wait(Patience.Long));
    }

    [Fact]
    public void A_reader_that_goes_away_does_not_end_the_work()
    {
        using KvmJob job = Job(static (output, _) =>
        {
            output.WriteObject(1);
            output.WriteObject(2);
        });
        job.Output.DataAdded += static (_, _) => throw new ObjectDisposedException("reader");
        Run(job);
        Assert.Equal(JobState.Completed, job.JobStateInfo.State);
        Assert.Equal([1, 2], job.Output.Select(static item => item.BaseObject));
    }

    [Fact]
    public void Of_progress_it_keeps_the_newest()
    {
        using KvmJob job = Job(static (output, _) =>
        {
            for (int i = 0; i < 1000; i++) output.WriteProgress(new ProgressRecord(1, "waiting", $"second {i}"));
        });
        Run(job);
        Assert.Equal("second 999", Assert.Single(job.Progress).StatusDescription);
    }

    [Fact]
    public void Sixty_four_wait_at_the_same_time()
    {
        const int Count = 64;
        using var waiting = new CountdownEvent(Count);
        KvmJob[] jobs =
        [
            .. Enumerable.Range(0, Count).Select(_ => Job((_, cancellation) =>
            {
                waiting.Signal();
                cancellation.WaitHandle.WaitOne(Patience.Long);
                cancellation.ThrowIfCancellationRequested();
            })),
        ];
        foreach (KvmJob job in jobs) job.StartJob();
        Assert.True(waiting.Wait(Patience.Long));
        foreach (KvmJob job in jobs) job.StopJob();
        Assert.All(jobs, static job => Assert.Equal(JobState.Stopped, job.JobStateInfo.State));
        foreach (KvmJob job in jobs) job.Dispose();
    }

    [Fact]
    public void Running_jobs_are_stopped_by_their_owner_s_condition_and_no_others()
    {
        using KvmJob mine = Job(Wait);
        using KvmJob other = Job(Wait);
        mine.StartJob();
        other.StartJob();
        RunningJobs.Stop(job => job == mine, Patience.Long);
        Assert.Equal(JobState.Stopped, mine.JobStateInfo.State);
        Assert.Equal(JobState.Running, other.JobStateInfo.State);
        other.StopJob();
    }

    [Fact]
    public void It_cannot_be_suspended()
    {
        using KvmJob job = Job(static (_, _) => { });
        Assert.Throws<NotSupportedException>(job.SuspendJob);
        Assert.Throws<NotSupportedException>(job.ResumeJobAsync);
    }

    [Fact]
    public void Sessions_find_their_jobs()
    {
        var session = new KvmJobSourceAdapter();
        using KvmJob first = Job(static (_, _) => { });
        using KvmJob second = Job(static (_, _) => { });
        foreach (KvmJob job in new[] { second, first })
            session.NewJob(new JobInvocationInfo(new JobDefinition(typeof(KvmJobSourceAdapter), job.Command, job.Name), new Dictionary<string, object> { ["Job"] = job }));
        Run(second);

        Assert.Equal([first, second], session.GetJobs());
        Assert.Equal([first, second], session.GetJobsByCommand("test-*", recurse: false));
        Assert.Equal([first, second], session.GetJobsByCommand("test-job $quiet[0]", recurse: false));
        Assert.Equal([second], session.GetJobsByName(second.Name.ToUpperInvariant(), recurse: false));
        Assert.Equal([second], session.GetJobsByState(JobState.Completed, recurse: false));
        Assert.Equal([first], session.GetJobsByFilter(new Dictionary<string, object> { ["Id"] = first.Id, ["Location"] = "QUIET" }, recurse: false));
        Assert.Empty(session.GetJobsByFilter(new Dictionary<string, object> { ["Colour"] = "red" }, recurse: false));
        Assert.Same(first, session.GetJobBySessionId(first.Id, recurse: false));
        Assert.Same(second, session.GetJobByInstanceId(second.InstanceId, recurse: false));
        session.RemoveJob(second);
        Assert.Null(session.GetJobByInstanceId(second.InstanceId, recurse: false));
        Assert.Throws<ArgumentException>(() => session.NewJob(new JobDefinition(typeof(KvmJobSourceAdapter), "", "")));
    }

    private static void Wait(ICmdletOutput output, CancellationToken cancellation)
    {
        cancellation.WaitHandle.WaitOne(Patience.Long);
        cancellation.ThrowIfCancellationRequested();
    }

    private static void Run(KvmJob job)
    {
        job.StartJob();
        Finish(job);
    }

    private static void Finish(KvmJob job) => Assert.True(job.Finished.WaitOne(Patience.Long));

    private KvmJob Job(Action<ICmdletOutput, CancellationToken> work) => new("Test-Job $quiet[0]", "Test-Job", "KvmPS.Commands.TestCommand", new MachineSubject(_vm), work);
}
