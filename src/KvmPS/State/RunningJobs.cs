using System.Collections.Concurrent;
using KvmPS.Jobs;

namespace KvmPS;

/// <summary>The jobs of this process that have not ended.</summary>
internal static class RunningJobs
{
    private static readonly ConcurrentDictionary<KvmJob, byte> Jobs = new();

    /// <summary>Adds a job.</summary>
    public static void Add(KvmJob job) => Jobs.TryAdd(job, 0);

    /// <summary>Takes a job out.</summary>
    public static void Remove(KvmJob job) => Jobs.TryRemove(job, out _);

    /// <summary>Stops the jobs for which a condition holds, all at once.</summary>
    /// <param name="condition">Which jobs.</param>
    /// <param name="patience">How long to wait for their ends in all.</param>
    public static void Stop(Func<KvmJob, bool> condition, TimeSpan patience) => Endings.All(Jobs.Keys.Where(condition), static job => job.StopJob(), patience);
}
