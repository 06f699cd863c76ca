using FsCheck;
using FsCheck.Fluent;

namespace KvmPS.Stress.Fuzz;

/// <summary>
/// Runs cases of one kind until a time is over, in batches that each have a seed of their own: the same seed makes the same cases in the
/// same order, however many of them the time allows.
/// </summary>
/// <typeparam name="TCase">A case; its text says all there is to repeat it by hand.</typeparam>
/// <param name="name">What is fuzzed.</param>
/// <param name="cases">Makes cases, and shorter ones of a case that failed.</param>
/// <param name="run">Runs one; any exception out of it is a finding.</param>
internal sealed class FuzzRun<TCase>(string name, Arbitrary<TCase> cases, Action<TCase> run)
    where TCase : class
{
    private const int BatchCases = 100;
    private const ulong Stride = 0x9E37_79B9_7F4A_7C15; // of FsCheck's generator: with a small one, neighbouring seeds would give the same numbers
    private static readonly TimeSpan CasePatience = TimeSpan.FromMinutes(1); // a case takes milliseconds
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private TCase? _current;
    private long _began;
    private long _count;

    /// <summary>How many cases were run.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Runs batch after batch; at least one.</summary>
    /// <param name="seed">The first batch's seed; the next one has the next.</param>
    /// <param name="time">How long. A batch that has begun is finished.</param>
    /// <exception cref="FuzzFailureException">A case failed, or does not end.</exception>
    public void Run(ulong seed, TimeSpan time)
    {
        long end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        ulong batch = seed;
        Volatile.Write(ref _began, Environment.TickCount64);
        Task work = Task.Factory.StartNew(
            () =>
            {
                do RunBatch(Volatile.Read(ref batch));
                while (Environment.TickCount64 < end && Interlocked.Increment(ref batch) != 0);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        while (!IsOver(work))
        {
            if (Environment.TickCount64 - Volatile.Read(ref _began) > CasePatience.TotalMilliseconds)
                throw new FuzzFailureException($"{name}: with seed {Volatile.Read(ref batch)} this case does not end:\n{Volatile.Read(ref _current)}");
        }
    }

    /// <summary>Runs the cases of one seed.</summary>
    private void RunBatch(ulong seed)
    {
        var findings = new Findings();
        Check.One(Config.Quick.WithRunner(findings).WithMaxTest(BatchCases).WithReplay(seed, Stride), Prop.ForAll(cases, RunCase));
        if (findings.Case is { } found) throw new FuzzFailureException($"{name}: seed {seed} finds this:\n{found}\n{findings.Failure}", findings.Failure);
    }

    private void RunCase(TCase next)
    {
        Volatile.Write(ref _current, next);
        Volatile.Write(ref _began, Environment.TickCount64);
        run(next);
        Interlocked.Increment(ref _count);
    }

    private static bool IsOver(Task work)
    {
        try
        {
            return work.Wait(Glance);
        }
        catch (AggregateException failure) when (failure.InnerException is FuzzFailureException found)
        {
            throw new FuzzFailureException(found.Message, found);
        }
    }
}
