using KvmPS.Core.Devices;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Start, pause, resume and the plug, in every state.</summary>
[Collection(nameof(GuestCollection))]
public sealed class LifecycleTests
{
    [KvmFact]
    public void A_machine_can_be_started_again_after_its_end()
    {
        using VirtualMachine machine = GuestMachine.Of(RealModeCode.CountRuns);

        for (int run = 1; run <= 3; run++)
        {
            MachineExit exit = machine.Run();

            Assert.Equal((ExitReason.DebugExit, 3), (exit.Reason, exit.ExitCode)); // memory was zero again
            Assert.Equal(run, machine.Runs);
        }
    }

    [KvmFact]
    public void Each_run_has_a_console_of_its_own()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("mode-real"));

        machine.Run();
        var first = machine.Serial;
        machine.Run();

        Assert.NotSame(first, machine.Serial);
        Assert.True(first!.Log.IsCompleted);
        Assert.Equal("real\n", machine.Console());
    }

    [KvmFact]
    public void A_failed_machine_can_be_started_again()
    {
        bool isBroken = true;
        using var machine = new VirtualMachine(
            GuestMachine.Config(RealModeCode.Touch(ThrowingDevice.Port, write: true)),
            instance =>
            {
                if (isBroken) instance.Ports.Insert(new ThrowingDevice(), new AddressRange(ThrowingDevice.Port, 1));
            });
        machine.Run();
        Assert.Equal((MachineState.Failed, ExitReason.InternalError), (machine.State, machine.LastExit!.Reason));

        isBroken = false;
        machine.Start();

        Assert.Equal((MachineState.Running, 2), (machine.State, machine.Runs));
        Assert.Null(machine.LastExit);
        machine.WaitForText("hi\n"); // this run's console is new, so this run's guest works
        Assert.Equal(MachineState.Running, machine.State);
        machine.TurnOff();
        Assert.Equal((MachineState.Off, ExitReason.TurnedOff), (machine.State, machine.LastExit!.Reason));
    }

    [KvmTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_plug_can_be_pulled_while_the_guest_spins(bool interruptController, bool paused)
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"), interruptController);
        machine.Start();
        if (paused) machine.Pause();

        machine.TurnOff();

        Assert.Equal((MachineState.Off, ExitReason.TurnedOff), (machine.State, machine.LastExit!.Reason));
        Assert.True(machine.Serial!.Log.IsCompleted);
    }

    [KvmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_plug_can_be_pulled_while_the_guest_sleeps(bool paused)
    {
        using VirtualMachine machine = StartSleeper();
        if (paused) machine.Pause();

        machine.TurnOff();

        Assert.Equal((MachineState.Off, ExitReason.TurnedOff), (machine.State, machine.LastExit!.Reason));
    }

    [KvmFact]
    public void A_guest_that_sleeps_with_interrupts_on_is_left_alone()
    {
        using VirtualMachine machine = StartSleeper();
        TimeSpan asleep = CpuTimeAtRest(machine);

        // No interrupt ever comes, so only a question of the watch for dead guests makes its thread work.
        Assert.True(SpinWait.SpinUntil(() => machine.Statistics.CpuTime > asleep, GuestMachine.Patience), "The watch never asked.");

        // One timer looks at all machines: once it has found a dead one that came later, it has judged that answer too.
        using VirtualMachine dead = GuestMachine.Of(GuestProgram.Boot("clihlt"), interruptController: true);
        Assert.Equal(ExitReason.Halted, dead.Run().Reason);
        Assert.Equal(MachineState.Running, machine.State);
    }

    [KvmFact]
    public void A_paused_guest_stands_still_and_goes_on_where_it_was()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("flood"));
        machine.Start();
        int pauses = 0;

        for (int i = 0; i < 20 && machine.State == MachineState.Running; i++)
        {
            try
            {
                machine.Pause();
                if (machine.State != MachineState.Paused) break; // it ended meanwhile
                long sent = machine.Serial!.Log.TotalBytes;
                Thread.Sleep(2);
                Assert.Equal(sent, machine.Serial.Log.TotalBytes);
                pauses++;
                machine.Resume();
            }
            catch (MachineStateException)
            {
                Assert.Equal(MachineState.Off, machine.State); // it ended meanwhile
            }
        }

        Assert.Equal(ExitReason.DebugExit, machine.WaitForEnd().Reason);
        Assert.NotEqual(0, pauses);
        Assert.Equal(GuestProgram.Sequence(262_144), machine.Bytes());
    }

    [KvmFact]
    public void Input_survives_pauses()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("sink"), interruptController: true);
        machine.Start();
        machine.Serial!.WriteInput(GuestProgram.Sequence(262_144));

        while (machine.Serial.PendingInputBytes > 1000 && machine.State == MachineState.Running)
        {
            machine.Pause();
            machine.Resume();
            Thread.Sleep(5);
        }

        machine.WaitForEnd();
        Assert.Equal(GuestProgram.Expected("sink"), machine.Console());
    }

    [KvmFact]
    public void Actions_out_of_place_are_refused_and_change_nothing()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"));

        Assert.Throws<MachineStateException>(() => machine.Pause());
        Assert.Throws<MachineStateException>(machine.Resume);
        machine.TurnOff();
        Assert.Equal((MachineState.Off, 0), (machine.State, machine.Runs));

        machine.Start();
        machine.Start();
        machine.Resume();
        Assert.Equal((MachineState.Running, 1), (machine.State, machine.Runs));

        machine.Pause();
        machine.Pause();
        Assert.Throws<MachineStateException>(machine.Start);
        Assert.Equal(MachineState.Paused, machine.State);
        machine.Resume();
        Assert.Equal(MachineState.Running, machine.State);
    }

    [KvmFact]
    public void A_disposed_machine_stays_off()
    {
        VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"));
        machine.Start();

        machine.Dispose();
        machine.Dispose();

        Assert.Equal(MachineState.Off, machine.State);
        Assert.Throws<MachineRemovedException>(machine.Start);
    }

    [KvmFact]
    public void Codes_of_port_0x80_are_kept()
    {
        using VirtualMachine machine = GuestMachine.Of(RealModeCode.PostCodes);

        MachineExit exit = machine.Run();

        Assert.Equal([0x11, 0x22, 0x33], machine.PostCodes.Select(static code => code.Code));
        Assert.Equal((0x33 << 1) | 1, exit.ExitCode);
    }

    /// <summary>A machine whose guest has halted, with interrupts on.</summary>
    private static VirtualMachine StartSleeper()
    {
        MachineInstance? run = null;
        var machine = new VirtualMachine(GuestMachine.Config(RealModeCode.Sleep) with { InterruptController = true }, instance => run = instance);
        machine.Start();
        Assert.True(SpinWait.SpinUntil(() => run!.Vcpus[0].Invoke(static vcpu => vcpu.IsIdle()), GuestMachine.Patience), "The guest does not sleep.");
        return machine;
    }

    /// <summary>The CPU time of a machine's vCPUs once they stand still.</summary>
    private static TimeSpan CpuTimeAtRest(VirtualMachine machine)
    {
        while (true)
        {
            TimeSpan before = machine.Statistics.CpuTime;
            Thread.Sleep(100);
            if (machine.Statistics.CpuTime == before) return before;
        }
    }
}
