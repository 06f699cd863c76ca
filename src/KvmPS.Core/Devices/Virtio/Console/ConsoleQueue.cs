using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>The work on one queue of a console, on a thread of its own.</summary>
internal abstract class ConsoleQueue : IDisposable
{
    private const int MostAtOnce = 256; // and then whoever wants the thread to stop gets a chance, however fast the driver is
    private const int InterruptAfter = 16; // requests

    private readonly Queue _queue;
    private readonly IVirtioTransport _transport;
    private readonly DescriptorChain _chain = new();
    private VirtioQueueThread? _thread;
    private int _untold;
    private bool _isBroken;

    /// <summary>Work that has not begun.</summary>
    protected ConsoleQueue(Queue queue, GuestMemory memory, IVirtioTransport transport) => (_queue, Memory, _transport) = (queue, memory, transport);

    /// <summary>The guest's RAM.</summary>
    protected GuestMemory Memory { get; }

    /// <summary>Begins the work. Not in the constructor: the thread works at once, with what a derived class has set up.</summary>
    public void Start(string threadName) => _thread = new VirtioQueueThread(threadName, _queue.Doorbell, Work, _transport.ReportFailure);

    /// <summary>Has the thread look for work.</summary>
    public void Wake() => _queue.Doorbell.Signal();

    /// <summary>Returns when no memory of the guest is touched, and will not be until <see cref="Resume"/>.</summary>
    public void Quiesce() => _thread?.Quiesce();

    /// <summary>Goes on.</summary>
    public void Resume() => _thread?.Resume();

    /// <summary>Ends the work: from then on no memory of the guest is touched.</summary>
    public virtual void Dispose() => _thread?.Dispose();

    /// <summary>Whether there is something to do as soon as the driver has a request.</summary>
    protected abstract bool HasWork { get; }

    /// <summary>Carries out a request. GUEST-CONTROLLED: its buffers are RAM, and nothing else is known of them.</summary>
    /// <param name="chain">The request.</param>
    /// <param name="written">How many bytes were written into it.</param>
    /// <returns>What the driver did wrong; null for nothing.</returns>
    protected abstract string? CarryOut(DescriptorChain chain, out uint written);

    private TimeSpan Work()
    {
        _queue.DisableNotifications();
        for (int budget = MostAtOnce; budget > 0 && !_isBroken; budget--)
        {
            // Nobody needs to ring for requests that nothing is to be done with: whoever brings the work wakes this thread.
            if (!HasWork) return Sleep();
            if (_queue.TryPop(_chain))
            {
                CarryOutNext();
                continue;
            }

            if (!_queue.EnableNotifications()) return Sleep();
            _queue.DisableNotifications();
        }

        Tell();
        return _isBroken ? Timeout.InfiniteTimeSpan : TimeSpan.Zero;
    }

    private void CarryOutNext()
    {
        string? fault = CarryOut(_chain, out uint written);
        if (fault is not null)
        {
            _isBroken = true;
            _transport.Fail(fault);
            return;
        }

        _queue.AddUsed(_chain, written);
        _queue.Publish(); // one store: a driver that looks, as a Linux console does, does not have to wait for the interrupt
        if (++_untold == InterruptAfter) Tell();
    }

    private TimeSpan Sleep()
    {
        Tell();
        return Timeout.InfiniteTimeSpan;
    }

    private void Tell()
    {
        if (_untold == 0) return;
        _untold = 0;
        _queue.NotifyDriver();
    }
}
