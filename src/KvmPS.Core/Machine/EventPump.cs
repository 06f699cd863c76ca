namespace KvmPS.Core.Machine;

/// <summary>
/// Calls subscribers in the order in which things happened, on one thread of the pool at a time. Whoever posts (a vCPU thread, too) only
/// takes a note, and no thread waits while nothing happens.
/// </summary>
/// <remarks>LOCK ORDER: <see cref="_gate"/> is a leaf; subscribers are called without it.</remarks>
internal sealed class EventPump : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _queue = new(); // guarded by _gate
    private bool _scheduled; // guarded by _gate
    private Exception? _failure;

    /// <summary>The last exception that a subscriber let out; the others were called all the same.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Calls an action after those posted before it.</summary>
    public void Post(Action action)
    {
        lock (_gate)
        {
            _queue.Enqueue(action);
            if (_scheduled) return;
            _scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            Action? action;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out action))
                {
                    _scheduled = false;
                    return;
                }
            }

            action();
        }
    }

    /// <summary>Calls each subscriber of an event. What one lets out ends neither the others nor, from this thread, the process: it is kept in <see cref="Failure"/>.</summary>
    public void Raise<T>(EventHandler<T>? subscribers, object sender, T details)
    {
        if (subscribers is null) return;
        foreach (EventHandler<T> subscriber in Delegate.EnumerateInvocationList(subscribers))
        {
            try
            {
                subscriber(sender, details);
            }
            catch (Exception exception)
            {
                Volatile.Write(ref _failure, exception);
            }
        }
    }
}
