using KvmPS.Core.Machine;

namespace KvmPS.Stress.Hammering;

/// <summary>
/// Many threads that do everything to a few shared machines, at random. Now and then a thread has a machine to itself, does one thing, and
/// compares the state with the table of transitions: whatever the others did before, the last completed action counts.
/// </summary>
/// <param name="threads">How many.</param>
/// <param name="machines">How many; fewer than threads, so that they meet.</param>
/// <param name="seed">The source of all choices.</param>
internal sealed class Hammer(int threads, int machines, int seed)
{
    private const int LookEvery = 10; // actions
    private static readonly TimeSpan ActionPatience = TimeSpan.FromSeconds(60); // an action takes milliseconds
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly Hand[] _hands = [.. Enumerable.Range(0, threads).Select(static _ => new Hand())];
    private long _end;

    /// <summary>Hammers, and frees the machines.</summary>
    /// <param name="time">How long.</param>
    public HammerReport Run(TimeSpan time)
    {
        IReadOnlyList<HammerTarget> targets = HammerTarget.Make(machines);
        _end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        Task[] tasks = [.. _hands.Select((hand, index) => Task.Factory.StartNew(
            () => Work(hand, targets, new Random(seed + index)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        while (!Task.WaitAll(tasks, Glance))
        {
            if (_hands.FirstOrDefault(static hand => hand.IsStuck) is { } stuck) return Report([$"'{stuck.Current}' does not return."]);
        }

        var faults = targets.Select(static target => target.FindFault()).OfType<string>().ToList();
        foreach (HammerTarget target in targets) target.Dispose();
        faults.AddRange(targets.Select(static target => target.Machine).Where(static machine => machine.State != MachineState.Off)
            .Select(static machine => $"It was removed and is {machine.State}."));
        return Report(faults);
    }

    private void Work(Hand hand, IReadOnlyList<HammerTarget> targets, Random random)
    {
        while (Environment.TickCount64 < _end)
        {
            HammerTarget target = targets[random.Next(targets.Count)];
            HammerAction action = HammerAction.All[random.Next(HammerAction.All.Count)];
            hand.Begin(action.Name);
            try
            {
                if (hand.Done % LookEvery == 0) DoAlone(hand, target, action);
                else DoTogether(hand, target, action);
            }
            catch (Exception exception)
            {
                hand.Faults.Add($"'{action.Name}' threw {exception}");
            }
        }
    }

    private static void DoTogether(Hand hand, HammerTarget target, HammerAction action)
    {
        target.Quiet.EnterReadLock();
        try
        {
            hand.Count(action.TryDo(target));
        }
        finally
        {
            target.Quiet.ExitReadLock();
        }
    }

    private static void DoAlone(Hand hand, HammerTarget target, HammerAction action)
    {
        target.Quiet.EnterWriteLock();
        try
        {
            hand.Looks++;
            if (target.FindFault() is { } before) hand.Faults.Add($"Before '{action.Name}': {before}");
            MachineState from = target.Machine.State;
            bool isDone = action.TryDo(target);
            hand.Count(isDone);
            MachineState to = target.Machine.State;
            if (action.Transition is { } transition && !IsRight(target.Machine, from, transition, isDone, to))
                hand.Faults.Add($"'{action.Name}' was {(isDone ? "done" : "refused")} in {from} and led to {to}.");
            if (target.FindFault() is { } after) hand.Faults.Add($"After '{action.Name}': {after}");
        }
        finally
        {
            target.Quiet.ExitWriteLock();
        }
    }

    /// <summary>Whether the table allows what was seen. A guest that was told to reset itself may have done so at any moment in which it runs.</summary>
    private static bool IsRight(VirtualMachine machine, MachineState from, MachineAction action, bool isDone, MachineState to)
    {
        MachineState? next = MachineTransitions.Next(from, action);
        if (isDone == next is not null && to == (next ?? from)) return true;
        bool guestEnded = machine.LastExit?.Reason == ExitReason.GuestReset && (from == MachineState.Running || next == MachineState.Running);
        MachineState? nextOfEnded = MachineTransitions.Next(MachineState.Off, action);
        return guestEnded && (to == MachineState.Off || (isDone == nextOfEnded is not null && to == nextOfEnded));
    }

    private HammerReport Report(IReadOnlyList<string> faults) => new(
        _hands.Sum(static hand => hand.Done),
        _hands.Sum(static hand => hand.Refused),
        _hands.Sum(static hand => hand.Looks),
        [.. faults, .. _hands.SelectMany(static hand => hand.Faults)]);

    /// <summary>One thread, as others see it.</summary>
    private sealed class Hand
    {
        private long _began = Environment.TickCount64;

        public string? Current { get; private set; }

        public long Done { get; private set; }

        public long Refused { get; private set; }

        public long Looks { get; set; }

        public List<string> Faults { get; } = [];

        public bool IsStuck => Environment.TickCount64 - Volatile.Read(ref _began) > ActionPatience.TotalMilliseconds;

        public void Begin(string action)
        {
            Current = action;
            Volatile.Write(ref _began, Environment.TickCount64);
        }

        public void Count(bool isDone)
        {
            Done++;
            if (!isDone) Refused++;
        }
    }
}

/// <summary>What came of the hammering.</summary>
/// <param name="Actions">Actions that returned.</param>
/// <param name="Refused">Those that were out of place.</param>
/// <param name="Looks">How often a thread had a machine to itself and compared.</param>
/// <param name="Faults">What was wrong: a thread that hangs, a state that was lost, an exception; empty when all is well.</param>
internal sealed record HammerReport(long Actions, long Refused, long Looks, IReadOnlyList<string> Faults);
