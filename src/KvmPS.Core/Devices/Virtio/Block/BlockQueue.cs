using System.Diagnostics;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// The work on one queue of a disk. Its thread takes requests and carries out at once what needs no waiting; the rest goes to the disk's
/// <see cref="BlockWorkers"/>, so that many requests are under way and this thread is always there for the next.
/// </summary>
/// <remarks>LOCK ORDER: the locks in here are leaves, beside each other.</remarks>
internal sealed class BlockQueue : IDisposable
{
    private const int MostAtOnce = 1024; // requests of 64 KiB or less; and then whoever wants this thread to stop gets a chance, however fast the driver is
    private const int CostShift = 16; // a longer one counts as so many more
    private const int InterruptAfter = 16; // requests
    private const int PublishAfter = 4; // requests
    private static readonly long InterruptAfterTicks = Stopwatch.Frequency / 20_000; // 50 us
    private static readonly long InterruptAtLastTicks = Stopwatch.Frequency / 2_000; // 500 us
    private static readonly long PublishAfterTicks = Stopwatch.Frequency / 100_000; // 10 us

    private readonly Queue _queue;
    private readonly GuestMemory _memory; // a share of the guest's
    private readonly BlockDisk _disk;
    private readonly BlockRules _rules;
    private readonly BlockWorkers _workers;
    private readonly DiskCounters _ringCounters; // this thread's
    private readonly DiskCounters _workerCounters; // guarded by its own lock
    private readonly Stack<BlockRequest> _free = new(); // guarded by its own lock
    private readonly VirtioQueueThread? _thread; // null to the thread itself, if it is faster than its maker
    private readonly PollWindow _window = new(TimeProvider.System); // this thread's
    private BlockRequest _next; // this thread's: what the next request goes into
    private long _ringsCounted;

    /// <summary>Begins the work.</summary>
    public BlockQueue(Queue queue, VirtioContext context, BlockDisk disk, BlockRules rules, BlockWorkers workers, string threadName)
    {
        (_queue, _memory, _disk, _rules, _workers) = (queue, context.Memory.Share(), disk, rules, workers);
        (_ringCounters, _workerCounters) = disk.CountersOf(queue.Index);
        _next = new BlockRequest(this);
        _thread = new VirtioQueueThread(threadName, queue.Doorbell, Work, disk.Fail);
    }

    /// <summary>Has the thread look at its queue, or at what it was told about limits.</summary>
    public void Wake() => _thread?.Wake();

    /// <summary>Returns when no request is taken any more, until <see cref="Resume"/>; those that workers have are not ended.</summary>
    public void Quiesce() => _thread?.Quiesce();

    /// <summary>Goes on.</summary>
    public void Resume() => _thread?.Resume();

    /// <summary>Ends the work, and returns when nothing of it is under way: from then on no memory of the guest is touched.</summary>
    public void Dispose()
    {
        _thread?.Dispose();
        _workers.Withdraw(this);
        _next.Dispose();
        lock (_free)
        {
            foreach (BlockRequest request in _free) request.Dispose();
        }

        _memory.Dispose();
    }

    /// <summary>Carries out a request that has to wait, on a thread of <see cref="BlockWorkers"/>. Nothing leaves it.</summary>
    public void CarryOut(BlockRequest request)
    {
        try
        {
            BlockStatus status = _disk.CarryOut(request);
            uint written = request.WriteStatus(_memory, status);
            long now = Stopwatch.GetTimestamp();
            request.Clear();
            lock (_workerCounters) _workerCounters.CountEnded(request.Operation, BytesOf(request, status), now - request.TakenAt, status != BlockStatus.Ok);
            if (_queue.Complete(request.Chain, written))
            {
                lock (_workerCounters) _workerCounters.CountInterrupt();
            }
        }
        catch (Exception failure) // a fault of ours: the guest has to reset the device, and the process goes on
        {
            request.Clear();
            _disk.Fail(failure);
        }

        PutBack(request);
    }

    /// <summary>Takes back a request that was handed over and not begun. The driver gets no answer: its queue is being reset.</summary>
    public void Drop(BlockRequest request)
    {
        request.Clear();
        lock (_workerCounters) _workerCounters.CountDropped();
        PutBack(request);
    }

    private static long BytesOf(BlockRequest request, BlockStatus status) => status == BlockStatus.Ok ? request.Length : 0;

    /// <summary>All the work that there is, on the queue's thread.</summary>
    private TimeSpan Work()
    {
        CountDoorbells();
        _window.End();
        _queue.DisableNotifications();
        for (int budget = MostAtOnce; budget > 0; budget--)
        {
            TimeSpan? wait = Drain(ref budget);
            if (wait is { } pause) return pause; // nobody needs to ring: the pause ends by itself
            if (budget <= 0) break;
            if (!_window.Poll(_queue))
            {
                if (_disk.IsBroken || !_queue.EnableNotifications()) return Timeout.InfiniteTimeSpan;
                _queue.DisableNotifications();
            }

            _window.End();
        }

        return TimeSpan.Zero;
    }

    private void CountDoorbells()
    {
        long rings = _thread?.Rings ?? 0;
        if (rings == _ringsCounted) return;
        _ringCounters.CountDoorbells(rings - _ringsCounted);
        _ringsCounted = rings;
    }

    /// <summary>Takes requests until there is none, or none may be taken for a while: then it says how long.</summary>
    private TimeSpan? Drain(ref int budget)
    {
        long now = Stopwatch.GetTimestamp();
        (long toldAt, long shownAt) = (now, now);
        (int untold, int unshown) = (0, 0);
        TimeSpan? wait = null;
        while (budget > 0)
        {
            if (_disk.IsBroken) break;
            if (_disk.Limiter.Wait() is var pause && pause > TimeSpan.Zero)
            {
                wait = pause;
                break;
            }

            if (!_queue.TryPop(_next.Chain)) break;
            _next.TakenAt = now;
            bool ended = Take(ref now, out long bytes);
            budget -= 1 + (int)Math.Min(bytes >> CostShift, MostAtOnce);
            if (!ended) continue;
            untold++;
            if (IsInterruptDue(untold, now - toldAt))
            {
                Notify();
                (untold, toldAt, unshown, shownAt) = (0, now, 0, now);
            }
            else if (++unshown >= PublishAfter || now - shownAt >= PublishAfterTicks)
            {
                _queue.Publish(); // a driver that looks does not have to wait for the interrupt
                (unshown, shownAt) = (0, now);
            }
        }

        if (untold > 0) Notify();
        return wait;
    }

    /// <summary>
    /// Whether the driver should hear of what has ended. A few requests at once cost one interrupt; but a driver of which fewer wait than have ended could
    /// have sent more, and would run dry.
    /// </summary>
    private bool IsInterruptDue(int untold, long ticks) =>
        untold >= InterruptAfter || ticks >= InterruptAtLastTicks || (ticks >= InterruptAfterTicks && _queue.Waiting < untold);

    private void Notify()
    {
        _queue.Publish();
        if (_queue.NotifyDriver()) _ringCounters.CountInterrupt();
    }

    /// <summary>Does what is to be done with the request that was just popped. True when it has ended.</summary>
    private bool Take(ref long now, out long bytes)
    {
        BlockRequest request = _next;
        bytes = 0;
        if (!request.TryFindStatus())
        {
            _disk.Fail("a block request without room for its status");
            return false;
        }

        BlockStatus status = request.Parse(_memory, _rules, _disk.Capacity);
        bytes = request.Operation == DiskOperation.Discard ? 0 : request.Length;
        _disk.Limiter.Take(bytes);
        if (status == BlockStatus.Ok && !_disk.TryCarryOutAtOnce(request, out status))
        {
            _ringCounters.CountTaken();
            _next = Rent();
            if (!_workers.TryAdd(request)) CarryOut(request);
            now = Stopwatch.GetTimestamp();
            return false;
        }

        uint written = request.WriteStatus(_memory, status);
        request.Clear();
        _queue.AddUsed(request.Chain, written);
        now = Stopwatch.GetTimestamp();
        _ringCounters.CountEnded(request.Operation, BytesOf(request, status), now - request.TakenAt, status != BlockStatus.Ok, taken: true);
        return true;
    }

    private BlockRequest Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out BlockRequest? request)) return request;
        }

        return new BlockRequest(this);
    }

    private void PutBack(BlockRequest request)
    {
        lock (_free) _free.Push(request);
    }
}
