using KvmPS.Core.Serial;

namespace KvmPS.Core.Guest;

/// <summary>How long somebody waits for a guest, and what may end the wait before.</summary>
/// <param name="timeout">How long in all; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
/// <param name="cancellation">Ends the wait.</param>
public sealed class GuestPatience(TimeSpan timeout, CancellationToken cancellation)
{
    private Deadline _deadline = Deadline.After(timeout);

    /// <summary>How long in all.</summary>
    public TimeSpan Timeout => timeout;

    /// <summary>Ends the wait.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Called at least once a second while nothing comes, on the waiting thread; throws when there is nothing to wait for any more.</summary>
    public Action Watch { get; init; } = static () => { };

    /// <summary>Hears what the guest's kernel says, and ends the wait when it is broken; null when that does not matter.</summary>
    public KernelWatch? Kernel { get; init; }

    /// <summary>Is told what is done, step by step.</summary>
    public Action<string> Story { get; init; } = static _ => { };

    /// <summary>Begins anew: the guest has shown that it goes on.</summary>
    public void Renew() => _deadline = Deadline.After(timeout);

    /// <summary>The end of the wait, or of a shorter one.</summary>
    internal Deadline Until(TimeSpan limit) => Deadline.Earlier(_deadline, Deadline.After(limit));

    /// <summary>Throws when there is no reason to go on.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="GuestKernelException">The guest's kernel has said that it is broken.</exception>
    /// <exception cref="GuestTimeoutException">The time is over.</exception>
    internal void Check()
    {
        cancellation.ThrowIfCancellationRequested();
        Watch();
        Kernel?.Check();
        if (_deadline.HasPassed) throw new GuestTimeoutException(hasBegun: false, output: []);
    }
}
