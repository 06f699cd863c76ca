namespace KvmPS;

/// <summary>Ends several things at once, so that one that is stuck or fails keeps none of the others alive.</summary>
internal static class Endings
{
    /// <summary>Ends each on a thread of its own and waits for all of them.</summary>
    /// <param name="things">What is to end.</param>
    /// <param name="end">Ends one.</param>
    /// <param name="patience">How long to wait in all; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Whether all had ended when the time was over.</returns>
    /// <exception cref="AggregateException">Some failed; all have ended or failed by then.</exception>
    public static bool All<T>(IEnumerable<T> things, Action<T> end, TimeSpan patience)
    {
        Task[] tasks = [.. things.Select(thing => Task.Factory.StartNew(() => end(thing), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        return Task.WaitAll(tasks, patience);
    }
}
