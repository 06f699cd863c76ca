using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// A thread that works whenever a bell rings: the guest's doorbell of a queue, or anybody else who has something for it. Exceptions end the work, not
/// the process.
/// </summary>
/// <remarks>
/// The bell is rung for stopping and resuming, too, so that there is one thing to wait for. A ring that comes while the work is done, or paused, is still
/// counted or made up for by <see cref="Resume"/>: no ring is lost.
/// LOCK ORDER: <see cref="_gate"/> before all locks of the device and its queues.
/// </remarks>
public sealed class VirtioQueueThread : IDisposable
{
    private readonly Lock _gate = new(); // held while the work is done
    private readonly string _name;
    private readonly EventFd _doorbell;
    private readonly Func<TimeSpan> _work;
    private readonly Action<Exception> _onFailure;
    private readonly Thread _thread;
    private long _rings;
    private volatile bool _isPaused;
    private volatile bool _isStopping;

    /// <summary>Starts the thread, which works once without being rung for.</summary>
    /// <param name="name">Its name, such as <c>kvm-vm1-disk0-q0</c>; see <see cref="NameOf"/>.</param>
    /// <param name="doorbell">The bell; whoever owns it disposes it after this.</param>
    /// <param name="work">
    /// Does all the work there is and returns without waiting for the guest: how long to sleep at most, or <see cref="Timeout.InfiniteTimeSpan"/> for
    /// until the bell rings. Never called twice at once.
    /// </param>
    /// <param name="onFailure">Learns of an exception out of the work, which is not done again: <see cref="IVirtioTransport.ReportFailure"/>.</param>
    public VirtioQueueThread(string name, EventFd doorbell, Func<TimeSpan> work, Action<Exception> onFailure)
    {
        (_name, _doorbell, _work, _onFailure) = (name, doorbell, work, onFailure);
        _thread = new Thread(Main) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>How the thread of a queue is called.</summary>
    public static string NameOf(VirtioContext context, IVirtioDevice device, int queue)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(device);
        return $"kvm-{context.Host.MachineName}-{device.Name}-q{queue}";
    }

    /// <summary>How often the bell was rung, as far as the thread has heard.</summary>
    public long Rings => Volatile.Read(ref _rings);

    /// <summary>Has the work done once more.</summary>
    public void Wake() => _doorbell.Signal();

    /// <summary>Returns when the work is not being done, and will not be until <see cref="Resume"/>. Not to be called out of the work.</summary>
    public void Quiesce()
    {
        _isPaused = true;
        lock (_gate)
        {
            // Who had the lock has finished, and who takes it after this sees the pause.
        }
    }

    /// <summary>Ends a pause, and has the work done for whatever was rung meanwhile.</summary>
    public void Resume()
    {
        _isPaused = false;
        _doorbell.Signal();
    }

    /// <summary>Ends the thread and waits for it. Not to be called out of the work.</summary>
    public void Dispose()
    {
        if (_isStopping) return;
        _isStopping = true;
        _doorbell.Signal();
        _thread.Join();
    }

    private void Main()
    {
        try
        {
            ThreadName.Set(_name);
            TimeSpan sleep = Work();
            while (!_isStopping)
            {
                _doorbell.Wait(sleep);
                _doorbell.TryTake(out ulong rings); // before the work: a ring that comes during it is there for the next wait
                Volatile.Write(ref _rings, _rings + (long)rings);
                sleep = Work();
            }
        }
        catch (Exception failure)
        {
            _onFailure(failure);
        }
    }

    private TimeSpan Work()
    {
        lock (_gate) return _isPaused || _isStopping ? Timeout.InfiniteTimeSpan : _work();
    }
}
