using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Many hands on one machine, and the guest's own end among them: no hang, no lost state, nothing half freed.</summary>
[Collection(nameof(GuestCollection))]
public sealed class ConcurrencyTests
{
    private const int Hands = 4;

    [KvmFact]
    public void Two_may_pull_the_plug_at_once()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"));
        for (int round = 0; round < 50; round++)
        {
            machine.Start();

            Together(_ => machine.TurnOff());

            Assert.Equal((MachineState.Off, ExitReason.TurnedOff), (machine.State, machine.LastExit!.Reason));
        }
    }

    [KvmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_plug_may_be_pulled_while_the_guest_ends(bool interruptController)
    {
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            using VirtualMachine machine = GuestMachine.Of(RealModeCode.ExitAfter((ushort)random.Next(1, 2000)), interruptController);
            machine.Start();
            Thread.SpinWait(random.Next(20_000));

            machine.TurnOff();

            Assert.Equal(MachineState.Off, machine.State);
            Assert.True(machine.LastExit!.Reason is ExitReason.DebugExit or ExitReason.TurnedOff, machine.LastExit.Message);
            Assert.True(machine.Serial!.Log.IsCompleted);
        }
    }

    [KvmFact]
    public void Input_may_be_written_while_the_guest_ends()
    {
        for (int round = 0; round < 200; round++)
        {
            using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("echo-irq"), interruptController: true);
            machine.Start();

            Together(hand =>
            {
                for (int i = 0; i < 50; i++) machine.Type(hand == 0 && i == 25 ? "\x04" : "text ");
            });

            machine.TurnOff();
            Assert.True(machine.LastExit!.Reason is ExitReason.DebugExit or ExitReason.TurnedOff, machine.LastExit.Message);
        }
    }

    [KvmTheory]
    [InlineData("spin")]
    [InlineData("pio-loop")]
    public void Any_action_may_come_at_any_time(string program)
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot(program), interruptController: true);

        Together(hand =>
        {
            var random = new Random(hand);
            for (int i = 0; i < 150; i++) Act(machine, random.Next(6));
        });

        machine.TurnOff();
        Assert.Equal(MachineState.Off, machine.State);
        machine.Start();
        Assert.Equal(MachineState.Running, machine.State);
    }

    private static void Act(VirtualMachine machine, int action)
    {
        try
        {
            switch (action)
            {
                case 0: machine.Start(); break;
                case 1: machine.Pause(); break;
                case 2: machine.Resume(); break;
                case 3: machine.TurnOff(); break;
                case 4: _ = machine.Vcpus.Select(static vcpu => vcpu.SampleRegisters().rip).ToList(); break;
                default: machine.Serial?.WriteInput("x"u8); break;
            }
        }
        catch (MachineStateException)
        {
            // Out of place at this moment: that is the answer.
        }
    }

    /// <summary>Does something on several threads at once; an exception on any of them fails the test, and so does a hang.</summary>
    private static void Together(Action<int> action)
    {
        using var gate = new Barrier(Hands);
        Task[] tasks = [.. Enumerable.Range(0, Hands).Select(hand => Task.Factory.StartNew(
            () =>
            {
                gate.SignalAndWait();
                action(hand);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        Assert.True(Task.WaitAll(tasks, GuestMachine.Patience), "A thread hangs.");
    }
}
