using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Restarts by the power button, several at once among them: each wish counts for itself.</summary>
[Collection(nameof(GuestCollection))]
public sealed class GracefulResetTests
{
    [KvmFact]
    public async Task Who_gives_up_waiting_takes_no_other_wish_back()
    {
        using VirtualMachine machine = Deaf();
        machine.Start();
        using var first = new CancellationTokenSource();
        Task<bool> patient = Ask(machine, TestContext.Current.CancellationToken);
        Task<bool> impatient = Ask(machine, first.Token);
        Assert.True(SpinWait.SpinUntil(() => machine.CurrentInstance()?.ResetWishes == 2, GuestMachine.Patience));

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        machine.CurrentInstance()!.RequestPowerOff();

        Assert.True(await patient);
        Assert.Equal((MachineState.Running, 1), (machine.State, machine.Resets));
    }

    [KvmFact]
    public void A_guest_that_is_off_as_soon_as_it_is_asked_is_restarted()
    {
        VirtualMachine? machine = null;
        machine = new VirtualMachine(
            GuestMachine.Config(GuestProgram.Boot("spin")) with { InterruptController = true },
            instance =>
            {
                var button = new AcpiPm(instance, new DeadlyLine(instance, () => machine!.CurrentInstance() != instance), TimeProvider.System);
                button.Write(2, [0x00, 0x01]); // PM1 enable: the power button
                instance.PowerManagement = button;
            });
        using (machine)
        {
            machine.Start();
            Assert.True(machine.ResetGracefully(GuestMachine.Patience, TestContext.Current.CancellationToken));
            Assert.Equal((MachineState.Running, 1), (machine.State, machine.Resets));
        }
    }

    [KvmFact]
    public async Task A_machine_that_is_turned_off_instead_is_not_restarted()
    {
        using VirtualMachine machine = Deaf();
        machine.Start();
        Task<bool> asked = Ask(machine, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => machine.CurrentInstance()?.ResetWishes == 1, GuestMachine.Patience));

        machine.TurnOff();

        await Assert.ThrowsAsync<MachineStateException>(() => asked);
    }

    [KvmFact]
    public async Task A_restart_that_cannot_be_done_is_said_to_who_asked()
    {
        int runs = 0;
        using VirtualMachine machine = Deaf(() =>
        {
            if (runs++ > 0) throw new IOException("the image is gone");
        });
        machine.Start();
        Task<bool> asked = Ask(machine, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => machine.CurrentInstance()?.ResetWishes == 1, GuestMachine.Patience));

        machine.CurrentInstance()!.RequestPowerOff();

        Assert.Equal("the image is gone", (await Assert.ThrowsAsync<IOException>(() => asked)).Message);
        Assert.Equal(MachineState.Failed, machine.State);
    }

    [KvmFact]
    public async Task A_subscriber_may_use_the_machine()
    {
        using var machine = new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("keys")));
        var done = new TaskCompletionSource<MachineState>(TaskCreationOptions.RunContinuationsAsynchronously);
        machine.Events.StateChanged += (_, change) =>
        {
            if (change.Current != MachineState.Running || done.Task.IsCompleted) return;
            machine.WaitForText("run 1\n");
            machine.Type("y");
            machine.WaitForReady(GuestMachine.Patience, CancellationToken.None);
            machine.Pause();
            machine.Resume();
            machine.Reset();
            machine.TurnOff();
            machine.Start();
            machine.TurnOff();
            done.SetResult(machine.State);
        };

        machine.Start();

        Assert.Equal(MachineState.Off, await done.Task.WaitAsync(GuestMachine.Patience, TestContext.Current.CancellationToken));
    }

    [KvmFact]
    public void A_guest_that_ends_as_soon_as_it_is_ready_was_ready()
    {
        for (int round = 0; round < 50; round++)
        {
            using var machine = new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("ready")));
            machine.Run();
            Assert.Equal(0x2A, machine.Ready?.Code);
        }
    }

    private static Task<bool> Ask(VirtualMachine machine, CancellationToken cancellation) =>
        Task.Factory.StartNew(() => machine.ResetGracefully(GuestMachine.Patience, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A guest whose power button is enabled, and that does not heed it.</summary>
    private static VirtualMachine Deaf(Action? onBuild = null)
    {
        const int pm1Enable = 0x602;
        MachineConfig config = GuestMachine.Config(GuestProgram.Boot("spin")) with { InterruptController = true };
        return new VirtualMachine(config, instance =>
        {
            onBuild?.Invoke();
            instance.Ports.Write(pm1Enable, [0x00, 0x01]);
        });
    }

    /// <summary>An interrupt after which the guest is off before its sender goes on.</summary>
    private sealed class DeadlyLine(MachineInstance instance, Func<bool> isOver) : IInterruptLine
    {
        public void Set(bool asserted)
        {
            if (!asserted) return;
            instance.RequestPowerOff();
            Assert.True(SpinWait.SpinUntil(isOver, GuestMachine.Patience));
        }
    }
}
