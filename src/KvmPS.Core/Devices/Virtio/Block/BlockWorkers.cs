using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// The threads that carry out what has to wait: uncached reads, direct I/O, flushes, discards. They come as they are needed, up to a number, and end when
/// there was nothing to do for a while. A disk's queues share them; requests are begun in the order in which they came.
/// </summary>
/// <remarks>LOCK ORDER: <see cref="_gate"/> is a leaf, held neither while a request is carried out nor while a thread is started.</remarks>
internal sealed class BlockWorkers : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly string _name;
    private readonly int _most;
    private Queue<BlockRequest> _waiting = new(); // guarded by _gate, as all below
    private readonly Dictionary<BlockQueue, int> _running = [];
    private int _threads;
    private int _idle;
    private uint _named;
    private int _watching; // those who wait for requests to end
    private bool _isDisposed;

    /// <summary>No threads yet.</summary>
    /// <param name="name">What they are called, with a number behind it.</param>
    /// <param name="most">How many there may be.</param>
    public BlockWorkers(string name, int most) => (_name, _most) = (name, most);

    /// <summary>
    /// Has a request carried out, by <see cref="BlockQueue.CarryOut"/>. Must not be called after <see cref="Dispose"/>. False when the host has no thread for it:
    /// the caller has to do it itself.
    /// </summary>
    public bool TryAdd(BlockRequest request)
    {
        uint number;
        lock (_gate)
        {
            if (_idle > _waiting.Count || _threads == _most)
            {
                EnqueueUnsynchronized(request);
                return true;
            }

            _threads++;
            number = _named++ % (uint)_most;
            Begin(request.Owner);
        }

        try
        {
            new Thread(() => Work(request, $"{_name}{number}")) { IsBackground = true }.Start();
            return true;
        }
        catch (OutOfMemoryException) // what .NET makes of a host that has no thread left
        {
            lock (_gate)
            {
                _threads--;
                End(request.Owner);
                if (_threads == 0) return false;
                EnqueueUnsynchronized(request); // behind those that the others have
                return true;
            }
        }
    }

    /// <summary>Takes back what a queue has waiting, and returns when nothing of it is carried out any more.</summary>
    public void Withdraw(BlockQueue queue)
    {
        lock (_gate)
        {
            var others = new Queue<BlockRequest>();
            foreach (BlockRequest request in _waiting)
            {
                if (request.Owner == queue) queue.Drop(request);
                else others.Enqueue(request);
            }

            _waiting = others;
            _watching++;
            while (_running.ContainsKey(queue)) Monitor.Wait(_gate);
            _watching--;
        }
    }

    /// <summary>Returns when all that was added has been carried out. Nobody adds anything meanwhile.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void WaitUntilIdle(CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static workers => ((BlockWorkers)workers!).WakeAll(), this);
        lock (_gate)
        {
            _watching++;
            try
            {
                while (_running.Count > 0 || _waiting.Count > 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }
            }
            finally
            {
                _watching--;
            }
        }
    }

    /// <summary>Ends all threads, which by now have nothing to do, and waits for them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Monitor.PulseAll(_gate);
            while (_threads > 0) Monitor.Wait(_gate);
        }
    }

    private void EnqueueUnsynchronized(BlockRequest request)
    {
        _waiting.Enqueue(request);
        if (_watching == 0) Monitor.Pulse(_gate);
        else Monitor.PulseAll(_gate); // a single pulse might reach one that waits for something else
    }

    private void Work(BlockRequest first, string name)
    {
        ThreadName.Set(name);
        for (BlockRequest? request = first; request is not null; request = Next(request.Owner)) request.Owner.CarryOut(request);
    }

    /// <summary>The next request, after one of a queue was carried out; null when the thread is to end.</summary>
    private BlockRequest? Next(BlockQueue ended)
    {
        lock (_gate)
        {
            End(ended);
            long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (true)
            {
                if (_waiting.TryDequeue(out BlockRequest? request))
                {
                    Begin(request.Owner);
                    return request;
                }

                long rest = deadline - Environment.TickCount64;
                if (_isDisposed || rest <= 0)
                {
                    _threads--;
                    Monitor.PulseAll(_gate);
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate, (int)rest);
                _idle--;
            }
        }
    }

    private void WakeAll()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private void Begin(BlockQueue queue) => _running[queue] = _running.GetValueOrDefault(queue) + 1;

    private void End(BlockQueue queue)
    {
        if (--_running[queue] > 0) return;
        _running.Remove(queue);
        if (_watching > 0) Monitor.PulseAll(_gate);
    }
}
