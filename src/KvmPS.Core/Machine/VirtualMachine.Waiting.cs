using System.Diagnostics;

namespace KvmPS.Core.Machine;

/// <content>Waits: each ends with its condition, its time, its cancellation, or the machine's removal.</content>
public sealed partial class VirtualMachine
{
    /// <summary>Waits for a condition on the state. False when the time is over first.</summary>
    /// <param name="condition">Called under the machine's lock: quick, and without waits.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait at once.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="MachineRemovedException">The machine was removed, before the wait or during it.</exception>
    public bool WaitFor(Func<MachineState, bool> condition, TimeSpan timeout, CancellationToken cancellation) =>
        Await(() => condition(_state), timeout, cancellation);

    /// <summary>Waits until the guest has said that it is ready, or the machine is off, or its panic has paused it. False when the time is over first.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait at once.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="MachineRemovedException">The machine was removed, before the wait or during it.</exception>
    public bool WaitForReady(TimeSpan timeout, CancellationToken cancellation) =>
        Await(() => _run?.Ready is not null || !IsOnUnsynchronized || (_state == MachineState.Paused && PanicMessage is not null), timeout, cancellation);

    private bool Await(Func<bool> conditionUnsynchronized, TimeSpan timeout, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.Register(Pulse);
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (true)
            {
                if (_removed) throw new MachineRemovedException(Config.Name);
                if (conditionUnsynchronized()) return true;
                cancellation.ThrowIfCancellationRequested();
                if (timeout == Timeout.InfiniteTimeSpan)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                TimeSpan rest = timeout - Stopwatch.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero) return false;
                Monitor.Wait(_gate, (int)Math.Ceiling(rest.TotalMilliseconds));
            }
        }
    }

    private void Pulse()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}
