namespace KvmPS.Core.Guest;

/// <summary>Lets one in at a time, in the order in which they came; who waits may leave the queue.</summary>
internal sealed class FairGate
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly object _lock = new(); // An object and not a Lock: waiters wait on it.
    private readonly LinkedList<Turn> _queue = new(); // INVARIANT: the first of the queue is inside.

    /// <summary>Waits for a turn.</summary>
    /// <returns>To be disposed on the way out.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="GuestTimeoutException">The patience is over.</exception>
    public IDisposable Enter(GuestPatience patience)
    {
        var turn = new Turn(this);
        using CancellationTokenRegistration registration = patience.Cancellation.UnsafeRegister(static gate => ((FairGate)gate!).WakeAll(), this);
        lock (_lock) _queue.AddLast(turn);
        try
        {
            while (!HasCome(turn, patience)) patience.Check();
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Waits a moment; whether the turn has come.</summary>
    private bool HasCome(Turn turn, GuestPatience patience)
    {
        lock (_lock)
        {
            if (_queue.First!.Value == turn) return true;
            if (!patience.Cancellation.IsCancellationRequested) Monitor.Wait(_lock, patience.Until(Step).Remaining);
            return _queue.First!.Value == turn;
        }
    }

    private void WakeAll()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }

    private void Leave(Turn turn)
    {
        lock (_lock)
        {
            _queue.Remove(turn);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A place in the queue.</summary>
    private sealed class Turn(FairGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave(this);
    }
}
