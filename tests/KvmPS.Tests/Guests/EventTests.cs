using System.Collections.Concurrent;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Events come in the order in which things happened, none is lost, none comes on a vCPU's thread.</summary>
[Collection(nameof(GuestCollection))]
public sealed class EventTests
{
    private readonly ConcurrentQueue<string> _told = new();

    [KvmFact]
    public void A_life_is_told_in_order()
    {
        using VirtualMachine machine = Keys();
        Subscribe(machine);

        machine.Start();
        machine.WaitForText("run 1\n");
        machine.Pause();
        machine.Resume();
        machine.Type("y\nab\nx");
        machine.WaitForText("ab\nx");
        machine.Type("q");
        machine.WaitForEnd();

        WaitFor("Running to Off: DebugExit");
        string[] told = [.. _told];
        Assert.Equal(["Off to Running", "Running to Paused", "Paused to Running", "Running to Off: DebugExit"], told.Where(static text => text.Contains(" to ", StringComparison.Ordinal)));
        Assert.Equal(["ready", "run 1", "", "ab", "x"], told.Where(static text => text.StartsWith('>')).Select(static text => text[1..])); // the last one has no end
        Assert.Contains("ready with 7", told);
        Assert.True(Array.IndexOf(told, ">run 1") < Array.IndexOf(told, "ready with 7"));
        Assert.True(Array.IndexOf(told, "ready with 7") < Array.IndexOf(told, ">ab"));
        Assert.True(Array.IndexOf(told, ">x") < Array.IndexOf(told, "Running to Off: DebugExit"));
    }

    [KvmFact]
    public void Every_line_of_a_flood_is_told()
    {
        using VirtualMachine machine = new(GuestMachine.Config(GuestProgram.Boot("flood")));
        machine.Events.SerialLine += (_, line) => _told.Enqueue(line.Text);
        using var over = new ManualResetEventSlim();
        machine.Events.StateChanged += (_, change) =>
        {
            if (change.Current == MachineState.Off) over.Set();
        };

        machine.Run();

        Assert.True(over.Wait(GuestMachine.Patience, TestContext.Current.CancellationToken));
        var cursor = new SerialCursor(machine.Serial!.Log);
        var expected = new List<string>();
        while (cursor.TryReadLine(out SerialLine? line, evenIncomplete: true)) expected.Add(line.Text);
        Assert.Equal(expected, _told);
    }

    [KvmFact]
    public void Who_comes_later_hears_what_comes_from_then_on_and_who_left_nothing()
    {
        using VirtualMachine machine = Keys();
        machine.Start();
        machine.WaitForText("run 1\n");

        machine.Events.SerialLine += Remember;
        machine.Type("1\n");
        WaitFor("1");
        machine.Events.SerialLine -= Remember;
        machine.Type("2\n");
        machine.WaitForText("2\n");
        machine.Events.SerialLine += Remember;
        machine.Type("3\n");
        WaitFor("3");

        Assert.Equal(["1", "3"], _told);

        void Remember(object? sender, SerialLine line) => _told.Enqueue(line.Text);
    }

    [KvmFact]
    public void A_subscriber_that_throws_stops_neither_the_machine_nor_the_others()
    {
        using VirtualMachine machine = Keys();
        machine.Events.StateChanged += static (_, _) => throw new InvalidOperationException("subscriber");
        Subscribe(machine);

        machine.Start();
        machine.TurnOff();

        WaitFor("Running to Off: TurnedOff");
        Assert.Equal("subscriber", machine.Events.SubscriberFailure?.Message);
        Assert.Equal(MachineState.Off, machine.State);
    }

    [KvmFact]
    public void A_reset_needs_a_new_word_of_readiness()
    {
        using VirtualMachine machine = new(GuestMachine.Config(GuestProgram.Boot("keys")) with { OnReset = ResetAction.Restart });
        machine.Start();
        Assert.False(machine.WaitForReady(TimeSpan.Zero, TestContext.Current.CancellationToken));

        machine.Type("y");
        Assert.True(machine.WaitForReady(GuestMachine.Patience, TestContext.Current.CancellationToken));
        Assert.Equal(7, machine.Ready?.Code);
        Assert.True(machine.TimeToReady <= machine.Uptime);

        machine.Reset();
        Assert.Null(machine.Ready);
        machine.TurnOff();
        Assert.True(machine.WaitForReady(GuestMachine.Patience, TestContext.Current.CancellationToken)); // it is off: nobody will be ready
        Assert.Null(machine.Ready);
    }

    private static VirtualMachine Keys() => new(GuestMachine.Config(GuestProgram.Boot("keys")));

    private void Subscribe(VirtualMachine machine)
    {
        machine.Events.StateChanged += (sender, change) =>
        {
            Assert.Same(machine, sender);
            Tell($"{change.Previous} to {change.Current}{(change.Exit is { } exit ? $": {exit.Reason}" : "")}");
        };
        machine.Events.SerialLine += (_, line) => Tell($">{line.Text}");
        machine.Events.GuestReady += (_, ready) => Tell($"ready with {ready.Code}");
    }

    private void Tell(string what) => _told.Enqueue(Thread.CurrentThread.IsThreadPoolThread ? what : $"{what} on {Thread.CurrentThread.Name}");

    private void WaitFor(string what) => Assert.True(SpinWait.SpinUntil(() => _told.Contains(what), GuestMachine.Patience), $"'{what}' was not told: {string.Join(" | ", _told)}");
}
