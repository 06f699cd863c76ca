using KvmPS.Core.Cpu;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// Finds machines whose vCPUs have all halted with interrupts off. With in-kernel interrupt controllers <c>cli; hlt</c> stays inside
/// <c>KVM_RUN</c> for ever and KVM tells nobody, so one timer for all machines looks at the CPU time of each vCPU thread; only a thread
/// that used none since the last look is asked for its state, and ever more seldom while it idles with interrupts on.
/// </summary>
internal static class HaltWatch
{
    private const int PeriodMilliseconds = 250;
    private const int LongestPause = 32; // periods between two questions to a sleeping guest: 8 s
    private static readonly TimeSpan QuestionCost = TimeSpan.FromMilliseconds(1); // CPU time that asking may itself use

    private static readonly Lock Gate = new(); // LOCK ORDER: leaf
    private static readonly Dictionary<MachineInstance, Watch> Watches = [];
    private static Timer? _timer;

    /// <summary>Begins to watch a machine.</summary>
    public static void Add(MachineInstance instance)
    {
        lock (Gate)
        {
            if (instance.IsEnding) return;
            Watches[instance] = new Watch(instance.Vcpus.Count);
            _timer ??= new Timer(static _ => Look(), null, PeriodMilliseconds, PeriodMilliseconds);
        }
    }

    /// <summary>Stops watching it.</summary>
    public static void Remove(MachineInstance instance)
    {
        lock (Gate)
        {
            Watches.Remove(instance);
            if (Watches.Count > 0) return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private static void Look()
    {
        KeyValuePair<MachineInstance, Watch>[] watches;
        lock (Gate) watches = [.. Watches];
        foreach ((MachineInstance instance, Watch watch) in watches) Look(instance, watch);
    }

    private static void Look(MachineInstance instance, Watch watch)
    {
        // A slow look must not meet the next tick of the timer.
        if (Interlocked.Exchange(ref watch.Busy, 1) != 0) return;
        try
        {
            // Twice: while the second vCPU was asked, it may have woken the first with an NMI and died; the dead stay dead.
            if (!instance.IsPaused && watch.IsQuiet(instance.Vcpus) && instance.Vcpus.All(IsDead) && instance.Vcpus.All(IsDead))
                instance.End(new MachineExit(ExitReason.Halted, "Every vCPU halted with interrupts off."));
        }
        catch (VcpuEndedException)
        {
            // The machine ended while it was asked; there is nothing left to find.
        }
        catch (Exception exception)
        {
            // On a timer's thread, where it would end the process: it ends the machine instead.
            instance.End(new MachineExit(ExitReason.InternalError, $"KVM does not say whether the vCPUs halted: {exception.Message}") { Exception = exception });
        }
        finally
        {
            Volatile.Write(ref watch.Busy, 0);
        }
    }

    private static bool IsDead(VcpuThread vcpu) =>
        vcpu.Invoke(static fd => fd.IsIdle() && (fd.GetRegisters().rflags & ControlBits.InterruptFlag) == 0);

    /// <summary>What is remembered of a machine between two looks.</summary>
    private sealed class Watch(int vcpus)
    {
        public int Busy;
        private readonly TimeSpan[] _cpuTime = new TimeSpan[vcpus];
        private int _pause = 1;
        private int _wait = 1;

        /// <summary>Whether it is time to ask: no vCPU has used CPU time since the last look, and the pause for sleepers is over.</summary>
        public bool IsQuiet(IReadOnlyList<VcpuThread> threads)
        {
            bool quiet = true;
            for (int i = 0; i < threads.Count; i++)
            {
                TimeSpan now = threads[i].CpuTime;
                quiet &= now - _cpuTime[i] < QuestionCost;
                _cpuTime[i] = now;
            }

            if (!quiet)
            {
                _pause = _wait = 1;
                return false;
            }

            if (--_wait > 0) return false;
            _pause = Math.Min(_pause * 2, LongestPause);
            _wait = _pause;
            return true;
        }
    }
}
