using System.Diagnostics;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <content>The runs of a machine: from power-on or a reset to the next reset or power-off.</content>
public sealed partial class VirtualMachine : IRunObserver
{
    private static readonly MachineExit TurnedOff = new(ExitReason.TurnedOff, "The machine was turned off.");

    private bool _resetPending; // the run has ended, and the next one is to be built; guarded by _gate
    private bool _plugPulled; // no reset any more until the next start; guarded by _gate

    /// <inheritdoc/>
    void IRunObserver.Ended(MachineInstance instance, MachineExit exit)
    {
        lock (_gate)
        {
            if (TryBeginResetUnsynchronized(instance, exit)) return;
            instance.IsEndDecided = true;
        }

        // Before the machine is off: whoever sees it so can have its images. A user who wants a reset meanwhile has come too late.
        CloseDisks();
        lock (_gate)
        {
            CloseRunUnsynchronized(instance);
            EndUnsynchronized(_removed || _plugPulled ? TurnedOff : exit);
        }
    }

    /// <inheritdoc/>
    void IRunObserver.Panicked(MachineInstance instance, MachineExit exit)
    {
        if (instance.Config.OnPanic != PanicAction.Pause)
        {
            instance.End(exit);
            return;
        }

        // The vCPU that panicked is stopped here, before its next instruction; the state follows when all of them stand.
        if (!instance.TryHoldForPanic()) return;
        foreach (VcpuThread vcpu in instance.Vcpus) vcpu.RequestPause();
        ThreadPool.UnsafeQueueUserWorkItem(_ => PauseForPanic(instance), null);
    }

    /// <inheritdoc/>
    void IRunObserver.Noticed(string text) => Notices.Add(text);

    /// <inheritdoc/>
    void IRunObserver.BecameReady(MachineInstance instance, GuestReadiness readiness)
    {
        Events.PostReadiness(readiness);

        // Not behind the events: a subscriber may wait for the guest to be ready.
        ThreadPool.UnsafeQueueUserWorkItem(static machine => machine.Pulse(), this, preferLocal: false);
    }

    private void PauseForPanic(MachineInstance instance)
    {
        try
        {
            lock (_actions) TryPause(instance, CancellationToken.None);
        }
        catch (Exception failure)
        {
            // On a pool's thread, where it would end the process: it ends the machine instead.
            instance.End(new MachineExit(ExitReason.InternalError, $"The machine could not be paused after its panic: {failure.Message}") { Exception = failure });
        }
    }

    private bool GoesOnAfterUnsynchronized(MachineInstance instance, MachineExit exit) => instance.ResetWishes > 0 || exit.Reason switch
    {
        ExitReason.GuestReset or ExitReason.TripleFault => Config.OnReset == ResetAction.Restart,
        ExitReason.GuestPanic => Config.OnPanic == PanicAction.Restart,
        _ => false,
    };

    /// <summary>Has the next run built, when the machine goes on after this one.</summary>
    private bool TryBeginResetUnsynchronized(MachineInstance instance, MachineExit exit)
    {
        if (_removed || _plugPulled || !GoesOnAfterUnsynchronized(instance, exit)) return false;
        CloseRunUnsynchronized(instance);
        _resetPending = true;
        Monitor.PulseAll(_gate);

        // Not here: this is a vCPU's thread, and a user's action may hold the lock that building needs.
        ThreadPool.UnsafeQueueUserWorkItem(static machine => machine.FinishResetOnPool(), this, preferLocal: false);
        return true;
    }

    private void CloseRunUnsynchronized(MachineInstance instance)
    {
        _earlier += RunStatistics.Of(instance.Vcpus, instance.Ports, instance.Mmio);
        _instance = null;
    }

    /// <summary>Lets go of the images. What cannot be written any more is told: the guest was told that it was not on the disk yet.</summary>
    private void CloseDisks()
    {
        MachineDisks? disks;
        lock (_gate) disks = _disks;
        disks?.Close();
    }

    /// <summary>A run with all that belongs to it, its vCPUs not yet running.</summary>
    private MachineInstance BuildRun(MachineConsoles consoles, MachineDisks disks)
    {
        long begunAt = Stopwatch.GetTimestamp();
        disks.Open();
        MachineInstance instance = MachineBuilder.Build(Config, consoles, disks, this);
        instance.BegunAt = begunAt;
        try
        {
            _outfit?.Invoke(instance);
            instance.BuiltAt = Stopwatch.GetTimestamp();
            return instance;
        }
        catch
        {
            instance.Free();
            throw;
        }
    }

    private void AdoptUnsynchronized(MachineInstance instance)
    {
        _instance = instance;
        _run = instance;
        _resetPending = false;
    }

    /// <summary>The machine is off, for whatever reason; it holds nothing.</summary>
    private void EndUnsynchronized(MachineExit exit)
    {
        _endedAt = Stopwatch.GetTimestamp();
        _lastExit = exit;
        _resetPending = false;
        _consoles!.Complete();
        SetStateUnsynchronized(exit.StateAfter);
    }

    private void FinishResetOnPool()
    {
        try
        {
            lock (_actions) FinishReset();
        }
        catch (Exception)
        {
            // The machine is Failed with this exception in its exit; an exception that left a pool thread would end the process.
        }
    }

    /// <summary>
    /// Builds the run that a reset has asked for, if it is not there yet. Under <see cref="_actions"/>, by whoever comes first: the pool's thread, or
    /// a user's action that needs a whole machine. When that fails the machine is Failed, and the exception goes on to the user.
    /// </summary>
    private void FinishReset()
    {
        MachineConsoles consoles;
        MachineDisks disks;
        lock (_gate)
        {
            if (!_resetPending) return;
            (consoles, disks) = (_consoles!, _disks!);
        }

        MachineInstance instance;
        try
        {
            instance = BuildRun(consoles, disks);
        }
        catch (Exception failure)
        {
            disks.Close();
            lock (_gate) EndUnsynchronized(new MachineExit(ExitReason.InternalError, $"The machine could not be reset: {failure.Message}") { Exception = failure });
            throw;
        }

        lock (_gate)
        {
            _resets++;
            AdoptUnsynchronized(instance);
            SetStateUnsynchronized(MachineState.Running);
        }

        instance.Start();
    }
}
