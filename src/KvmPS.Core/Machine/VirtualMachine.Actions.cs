using System.Diagnostics;
using System.Runtime.ExceptionServices;
using KvmPS.Core.Devices;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <content>What users do to a machine, one action at a time.</content>
public sealed partial class VirtualMachine
{
    /// <summary>Builds the machine and runs its vCPUs. Nothing happens when it runs already.</summary>
    /// <exception cref="MachineStateException">It is paused.</exception>
    /// <exception cref="MachineRemovedException">It was removed.</exception>
    /// <exception cref="KvmException">KVM is not there, or refuses.</exception>
    /// <exception cref="ArgumentException">Its configuration has several vCPUs and no interrupt controllers.</exception>
    /// <exception cref="Boot.ImageNotBootableException">The image cannot be booted.</exception>
    /// <exception cref="IOException">A file cannot be read, or the log of the last run is still being written.</exception>
    public void Start()
    {
        lock (_actions)
        {
            if (Check(MachineAction.Start) == MachineState.Running) return;
            WaitForLogFile();
            long startedAt = Stopwatch.GetTimestamp();
            var consoles = new MachineConsoles(Config);
            var disks = new MachineDisks(Config, Notices);
            MachineInstance instance = Build(consoles, disks);
            lock (_gate)
            {
                _consoles = consoles;
                _disks = disks;
                _lastExit = null;
                _earlier = RunStatistics.None;
                _plugPulled = false;
                _startedAt = startedAt;
                _resets = 0;
                _runs++;
                AdoptUnsynchronized(instance);
                SetStateUnsynchronized(MachineState.Running);
                Events.Begin(consoles.Serial.Log); // after the state's event: the reader of lines may come to the first ones late
            }

            instance.Start();
        }
    }

    /// <summary>Changes what the machine is made from, while it is off.</summary>
    /// <param name="change">Gets the present configuration, and returns the new one, of the same name.</param>
    /// <exception cref="MachineStateException">It runs or is paused.</exception>
    /// <exception cref="MachineRemovedException">It was removed.</exception>
    public void Reconfigure(Func<MachineConfig, MachineConfig> change)
    {
        lock (_actions)
        {
            Check(MachineAction.Reconfigure);
            MachineConfig before = _config;
            Volatile.Write(ref _config, change(_config) with { Name = _config.Name });
            lock (_gate)
            {
                if (!before.Disks.SequenceEqual(Config.Disks)) _disks = null; // what they did is history
            }
        }
    }

    /// <summary>
    /// Stops all vCPUs between two instructions, and then the virtio devices: requests that they have taken are finished. Returns when nothing of the machine
    /// touches its memory or the files of its disks, or when the machine has ended by itself meanwhile.
    /// </summary>
    /// <param name="cancellation">Ends the wait for that; the machine goes on.</param>
    /// <exception cref="MachineStateException">It does not run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Pause(CancellationToken cancellation = default)
    {
        lock (_actions)
        {
            FinishReset();
            if (Check(MachineAction.Pause) == MachineState.Paused) return;
            while (CurrentInstance() is { } instance && !TryPause(instance, cancellation))
            {
                WaitUntilFreed(instance); // its guest ended it meanwhile, or reset it
                cancellation.ThrowIfCancellationRequested(); // a guest that resets for ever may always be faster
                FinishReset();
            }
        }
    }

    /// <summary>Lets a paused machine go on; its clock has stood meanwhile.</summary>
    /// <exception cref="MachineStateException">It is off.</exception>
    public void Resume()
    {
        lock (_actions)
        {
            FinishReset();
            if (Check(MachineAction.Resume) == MachineState.Running || CurrentInstance() is not { } instance) return;
            instance.ResumeClock();
            instance.ResumeDevices();
            SetState(instance, MachineState.Running);
            foreach (VcpuThread vcpu in instance.Vcpus) vcpu.Resume();
        }
    }

    /// <summary>Pulls the reset line: the machine begins anew with fresh memory and devices, and returns when it runs. Its console goes on.</summary>
    /// <exception cref="MachineStateException">It is off.</exception>
    /// <exception cref="KvmException">KVM refuses the new run; the machine is Failed.</exception>
    /// <exception cref="Boot.ImageNotBootableException">The image cannot be booted any more; the machine is Failed.</exception>
    /// <exception cref="IOException">A file cannot be read any more; the machine is Failed.</exception>
    public void Reset()
    {
        lock (_actions)
        {
            MachineInstance? running;
            lock (_gate)
            {
                CheckUnsynchronized(MachineAction.Reset);
                running = _instance;
                if (running is not null) running.ResetWishes++;
            }

            running?.End(new MachineExit(ExitReason.GuestReset, "The machine was reset from outside."));
            if (running is not null) WaitUntilFreed(running);
            FinishReset();
            if (running is { IsEndDecided: true }) Check(MachineAction.Reset); // it had just ended by itself: it is off
        }
    }

    /// <summary>Presses the power button: the guest is asked to switch itself off, and takes the time that it needs.</summary>
    /// <exception cref="MachineStateException">It does not run.</exception>
    /// <exception cref="NoPowerButtonException">Nothing in the guest looks at the button.</exception>
    public void PressPowerButton()
    {
        lock (_actions) FindPowerButtonUnsynchronized()?.Press();
    }

    /// <summary>Asks the guest to switch itself off, and begins anew when it has.</summary>
    /// <param name="timeout">How long the guest may take; then it goes on as if nobody had asked.</param>
    /// <param name="cancellation">Ends the wait; the guest goes on, too.</param>
    /// <returns>False when the time was over.</returns>
    /// <exception cref="MachineStateException">It does not run, or was turned off instead.</exception>
    /// <exception cref="NoPowerButtonException">Nothing in the guest looks at the button.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="KvmException">KVM refuses the new run; the machine is Failed. So for the other exceptions of <see cref="Reset"/>.</exception>
    public bool ResetGracefully(TimeSpan timeout, CancellationToken cancellation)
    {
        MachineInstance? asked = null;
        (int, int) life;
        bool done = false;
        try
        {
            lock (_actions)
            {
                IPowerButton? button = FindPowerButtonUnsynchronized();
                lock (_gate)
                {
                    asked = _instance;
                    life = (_runs, _resets);
                    if (asked is not null) asked.ResetWishes++; // before the guest is asked: it may be off at once
                }

                button?.Press();
            }

            done = Await(() => life != (_runs, _resets) || !IsOnUnsynchronized, timeout, cancellation);
        }
        finally
        {
            if (!done && asked is not null)
            {
                lock (_gate) asked.ResetWishes--; // this one alone: others may wish it, too
            }
        }

        if (done) ThrowIfNotOn();
        return done;
    }

    /// <summary>Writes what an ephemeral disk holds in memory into its image, and empties the memory; the guest sees no difference.</summary>
    /// <param name="name">The disk's name.</param>
    /// <param name="progress">Is told the bytes that are done, and all of them.</param>
    /// <param name="cancellation">Leaves an image with a part of them, and the memory whole.</param>
    /// <exception cref="ArgumentException">There is no such disk.</exception>
    /// <exception cref="InvalidOperationException">The disk is not ephemeral.</exception>
    /// <exception cref="MachineStateException">The machine is not paused.</exception>
    /// <exception cref="Block.ImageLockedException">Somebody else uses the image.</exception>
    /// <exception cref="IOException">The image or the host refuses; the memory stays whole.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void MergeDisk(string name, Action<long, long>? progress, CancellationToken cancellation)
    {
        lock (_actions)
        {
            FinishReset();
            Check(MachineAction.MergeDisk);
            MachineDisk disk = Disks.FirstOrDefault(disk => DiskNames.AreSame(disk.Config.Name, name)) ?? throw new ArgumentException($"Machine '{Config.Name}' has no disk '{name}'.", nameof(name));
            if (!disk.TryMerge(progress, cancellation)) Check(MachineAction.MergeDisk); // it has just ended by itself
        }
    }

    /// <summary>Pulls the plug, and returns when the machine holds nothing any more.</summary>
    /// <param name="cancellation">Ends the wait for that; the plug stays pulled.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void TurnOff(CancellationToken cancellation = default)
    {
        using CancellationTokenRegistration registration = cancellation.Register(Pulse);
        lock (_actions)
        {
            bool isBetweenRuns;
            lock (_gate)
            {
                _plugPulled = true;
                isBetweenRuns = _resetPending;
            }

            if (isBetweenRuns) EndBetweenRuns();
            CurrentInstance()?.End(TurnedOff);
            lock (_gate)
            {
                while (_instance is not null)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }

                SetStateUnsynchronized(MachineState.Off);
            }
        }
    }

    /// <summary>Removes the machine: turns it off for good. Whoever waits for one of its states is told.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _removed = true;
            Monitor.PulseAll(_gate);
        }

        TurnOff();
    }

    /// <summary>Two runs must not write one file at once.</summary>
    private void WaitForLogFile()
    {
        if (Serial is { } last && !last.FileCompleted.Wait(SerialPort.FilePatience))
            throw new IOException($"'{Config.SerialLogPath}' is still being written with the console of the last run.");
    }

    /// <summary>A run for a new start, with its log file, which is emptied last: whatever fails before leaves the log of the last run as it is.</summary>
    private MachineInstance Build(MachineConsoles consoles, MachineDisks disks)
    {
        MachineInstance? instance = null;
        try
        {
            instance = BuildRun(consoles, disks);
            if (Config.SerialLogPath is { } path) consoles.Serial.CopyTo(new SerialFileSink(path));
            return instance;
        }
        catch
        {
            instance?.Free();
            disks.Close();
            throw;
        }
    }

    /// <summary>The next run will not be built: nobody else builds it, since this thread has the lock for actions.</summary>
    private void EndBetweenRuns()
    {
        CloseDisks();
        lock (_gate) EndUnsynchronized(TurnedOff);
    }

    /// <summary>False: a vCPU has ended instead.</summary>
    private bool TryPause(MachineInstance instance, CancellationToken cancellation)
    {
        foreach (VcpuThread vcpu in instance.Vcpus) vcpu.RequestPause();
        try
        {
            if (!instance.Vcpus.All(vcpu => vcpu.WaitUntilPaused(cancellation))) return false;
            instance.StopClock();
            instance.QuiesceDevices(cancellation);
        }
        catch (OperationCanceledException)
        {
            instance.ResumeDevices();
            foreach (VcpuThread vcpu in instance.Vcpus) vcpu.Resume();
            throw;
        }

        SetState(instance, MachineState.Paused);
        return true;
    }

    /// <summary>Waits for the end of a run that is ending.</summary>
    private void WaitUntilFreed(MachineInstance instance)
    {
        lock (_gate)
        {
            while (_instance == instance) Monitor.Wait(_gate);
        }
    }

    /// <summary>The button of the present run; null when that has just ended, and nothing is left to ask.</summary>
    private IPowerButton? FindPowerButtonUnsynchronized()
    {
        FinishReset();
        Check(MachineAction.PressPowerButton);
        if (CurrentInstance() is not { } instance) return null;
        return instance.PowerButton is { IsEnabled: true } button ? button : throw new NoPowerButtonException(Config.Name);
    }

    /// <summary>For users who wanted a machine that runs, and were not there when it was built.</summary>
    private void ThrowIfNotOn()
    {
        lock (_gate)
        {
            if (IsOnUnsynchronized) return;
            if (_state == MachineState.Failed && _lastExit?.Exception is { } failure) ExceptionDispatchInfo.Throw(failure);
            throw new MachineStateException(Config.Name, _state, MachineAction.Reset);
        }
    }

    /// <summary>Sets the state of a run, unless it has ended meanwhile.</summary>
    private void SetState(MachineInstance instance, MachineState state)
    {
        lock (_gate)
        {
            if (_instance != instance) return;
            instance.IsPaused = state == MachineState.Paused;
            SetStateUnsynchronized(state);
        }
    }
}
