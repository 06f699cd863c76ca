using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Resets, by the guest and from outside: what becomes of the machine, and what it keeps.</summary>
[Collection(nameof(GuestCollection))]
public sealed class ResetTests
{
    private const string Ready = "ready\nrun 1\n";

    public static TheoryData<char, ExitReason> Resets => new() { { 'r', ExitReason.GuestReset }, { 'c', ExitReason.GuestReset }, { 't', ExitReason.TripleFault } };

    [KvmTheory]
    [MemberData(nameof(Resets))]
    public void A_reset_ends_the_machine_by_default(char key, ExitReason reason)
    {
        using VirtualMachine machine = Keys();
        machine.Start();
        machine.WaitForText(Ready);

        machine.Type(key.ToString());

        Assert.Equal(reason, machine.WaitForEnd().Reason);
        Assert.Equal(0, machine.Resets);
    }

    [KvmTheory]
    [MemberData(nameof(Resets))]
    public void A_reset_begins_anew_when_it_is_to(char key, ExitReason reason)
    {
        using VirtualMachine machine = Keys(config => config with { OnReset = ResetAction.Restart });
        machine.Start();
        machine.WaitForText(Ready);
        var log = machine.Serial!.Log;

        long from = 0;
        for (int resets = 1; resets <= 3; resets++)
        {
            machine.Type(key.ToString());
            SerialMatch match = machine.WaitForText("(?s)run \\d\n.*run \\d\n", from); // two runs on one console
            Assert.EndsWith("run 1\n", match.Value, StringComparison.Ordinal); // and memory was empty again
            from = match.End - "run 1\n".Length;
            Assert.Equal((MachineState.Running, resets, 1), (machine.State, machine.Resets, machine.Runs));
        }

        machine.Type("q");
        Assert.Equal((ExitReason.DebugExit, 1), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
        Assert.Same(log, machine.Serial.Log);
        Assert.NotEqual(ExitReason.None, reason);
    }

    [KvmFact]
    public void Statistics_and_uptime_go_on_through_a_reset()
    {
        using VirtualMachine machine = Keys(config => config with { OnReset = ResetAction.Restart });
        machine.Start();
        machine.WaitForText(Ready);
        RunStatistics before = machine.Statistics;
        TimeSpan uptime = machine.Uptime;

        machine.Type("r");
        machine.WaitForText($"{Ready}(?s).*{Ready}");

        Assert.True(machine.Statistics.Exits > before.Exits);
        Assert.True(machine.Statistics.CpuTime >= before.CpuTime);
        Assert.True(machine.Uptime > uptime);
    }

    [KvmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reset_from_outside_begins_anew(bool paused)
    {
        using VirtualMachine machine = Keys();
        machine.Start();
        machine.WaitForText(Ready);
        if (paused) machine.Pause();

        machine.Reset();

        Assert.Equal((MachineState.Running, 1), (machine.State, machine.Resets));
        machine.WaitForText($"{Ready}(?s).*{Ready}");
        machine.Type("q");
        Assert.Equal(ExitReason.DebugExit, machine.WaitForEnd().Reason);
    }

    [KvmFact]
    public void A_machine_that_is_off_cannot_be_reset()
    {
        using VirtualMachine machine = Keys();

        Assert.Throws<MachineStateException>(machine.Reset);

        machine.Start();
        machine.TurnOff();
        Assert.Throws<MachineStateException>(machine.Reset);
        Assert.Equal((MachineState.Off, 1), (machine.State, machine.Runs));
    }

    [KvmFact]
    public void The_plug_can_be_pulled_while_a_guest_resets_for_ever()
    {
        // A triple fault at the first instruction.
        using VirtualMachine machine = new(GuestMachine.Config(GuestProgram.Boot("triple")) with { OnReset = ResetAction.Restart });
        machine.Start();
        Assert.True(SpinWait.SpinUntil(() => machine.Resets > 3, GuestMachine.Patience), "It did not reset.");

        machine.TurnOff();

        Assert.Equal((MachineState.Off, ExitReason.TurnedOff), (machine.State, machine.LastExit!.Reason));
        Assert.True(machine.Serial!.Log.IsCompleted);
    }

    [KvmFact]
    public void A_reset_that_cannot_be_done_is_said_and_leaves_nothing()
    {
        int runs = 0;
        using var machine = new VirtualMachine(
            GuestMachine.Config(GuestProgram.Boot("keys")) with { OnReset = ResetAction.Restart },
            _ =>
            {
                if (runs++ > 0) throw new IOException("the image is gone");
            });
        machine.Start();
        machine.WaitForText(Ready);

        machine.Type("r");

        MachineExit exit = machine.WaitForEnd();
        Assert.Equal((MachineState.Failed, ExitReason.InternalError), (machine.State, exit.Reason));
        Assert.Contains("the image is gone", exit.Message, StringComparison.Ordinal);
        Assert.True(machine.Serial!.Log.IsCompleted);
    }

    [KvmFact]
    public void A_panic_ends_the_machine_by_default()
    {
        using VirtualMachine machine = Keys();
        machine.Start();
        machine.WaitForText(Ready);

        machine.Type("p");

        Assert.Equal(ExitReason.GuestPanic, machine.WaitForEnd().Reason);
        Assert.Equal("Kernel panic - not syncing: as you wish", machine.LastExit!.Message);
    }

    [KvmFact]
    public void A_panic_begins_anew_when_it_is_to_and_the_next_run_knows_nothing_of_it()
    {
        using VirtualMachine machine = Keys(config => config with { OnPanic = PanicAction.Restart });
        machine.Start();
        machine.WaitForText(Ready);

        machine.Type("p");
        machine.WaitForText($"(?s)end Kernel panic.*{Ready}");

        Assert.Null(machine.PanicMessage);
        machine.Type("r");
        Assert.Equal(ExitReason.GuestReset, machine.WaitForEnd().Reason);
    }

    [KvmFact]
    public void A_panic_holds_the_machine_when_it_is_to()
    {
        using VirtualMachine machine = Keys(config => config with { OnPanic = PanicAction.Pause });
        machine.Start();
        machine.WaitForText(Ready);

        machine.Type("pz");

        Assert.True(machine.WaitFor(static state => state == MachineState.Paused, GuestMachine.Patience, TestContext.Current.CancellationToken));
        Assert.Equal("Kernel panic - not syncing: as you wish", machine.PanicMessage);
        Assert.EndsWith("---[ end Kernel panic", machine.Console(), StringComparison.Ordinal); // not one instruction more

        machine.Resume();
        machine.WaitForText("wish ]---\nz");
        machine.Type("r");
        Assert.Equal(ExitReason.GuestPanic, machine.WaitForEnd().Reason); // a reset after a panic is the panic's
    }

    private static VirtualMachine Keys(Func<MachineConfig, MachineConfig>? change = null)
    {
        MachineConfig config = GuestMachine.Config(GuestProgram.Boot("keys"));
        return new VirtualMachine(change?.Invoke(config) ?? config);
    }
}
