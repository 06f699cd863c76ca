using System.Collections.Concurrent;
using System.Management.Automation;

namespace KvmPS.Jobs;

/// <summary>
/// The jobs of one runspace, as <c>Get-Job</c> and the cmdlets beside it look for them. PowerShell makes one for each runspace that imports the module,
/// which is why it is public.
/// </summary>
public sealed class KvmJobSourceAdapter : JobSourceAdapter
{
    private const string JobParameter = "Job";

    private readonly ConcurrentDictionary<Guid, KvmJob> _jobs = new();

    /// <summary>No jobs yet.</summary>
    public KvmJobSourceAdapter() => Name = "KvmJob";

    /// <summary>Enters a job that a cmdlet has made.</summary>
    /// <exception cref="ArgumentException">There is none: jobs are made by <c>-AsJob</c> only.</exception>
    public override Job2 NewJob(JobInvocationInfo specification)
    {
        KvmJob job = specification.Parameters.SelectMany(static set => set).FirstOrDefault(static parameter => parameter.Name == JobParameter)?.Value as KvmJob
            ?? throw new ArgumentException("Jobs of KvmPS are made by its cmdlets, with -AsJob.", nameof(specification));
        _jobs[job.InstanceId] = job;
        return job;
    }

    /// <inheritdoc/>
    public override IList<Job2> GetJobs() => Where(static _ => true);

    /// <inheritdoc/>
    public override Job2? GetJobByInstanceId(Guid instanceId, bool recurse) => _jobs.GetValueOrDefault(instanceId);

    /// <inheritdoc/>
    public override Job2? GetJobBySessionId(int id, bool recurse) => Where(job => job.Id == id).FirstOrDefault();

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByName(string name, bool recurse) => Where(job => Matches(name, job.Name));

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByCommand(string command, bool recurse) => Where(job => Matches(command, job.Command));

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByState(JobState state, bool recurse) => Where(job => job.JobStateInfo.State == state);

    /// <summary>The jobs whose properties have the given values.</summary>
    public override IList<Job2> GetJobsByFilter(Dictionary<string, object> filter, bool recurse) =>
        Where(job => filter.All(wanted => LanguagePrimitives.Equals(PSObject.AsPSObject(job).Properties[wanted.Key]?.Value, wanted.Value, ignoreCase: true)));

    /// <summary>Forgets a job, which has ended.</summary>
    public override void RemoveJob(Job2 job) => _jobs.TryRemove(job.InstanceId, out _);

    /// <summary>Enters a job into the session to which a manager belongs.</summary>
    internal static void Register(JobManager manager, KvmJob job) =>
        manager.NewJob(new JobInvocationInfo(new JobDefinition(typeof(KvmJobSourceAdapter), job.Command, job.Name), new Dictionary<string, object>(StringComparer.Ordinal) { [JobParameter] = job }));

    /// <summary>Whether a pattern means a text; a command may have brackets in it and mean itself.</summary>
    private static bool Matches(string pattern, string text) =>
        string.Equals(pattern, text, StringComparison.OrdinalIgnoreCase) || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text);

    private Job2[] Where(Func<KvmJob, bool> condition) => [.. _jobs.Values.Where(condition).OrderBy(static job => job.Id)];
}
