using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Each way in which a guest ends its machine, by the first vCPU, by another one, and by two at once.</summary>
[Collection(nameof(GuestCollection))]
public sealed class SmpEndTests
{
    private const int BootCpu = 1;
    private const int SecondCpu = 2;
    private const int Both = BootCpu | SecondCpu;

    public static MatrixTheoryData<(char How, ExitReason Reason), int> Ends { get; } = new(
        [('r', ExitReason.GuestReset), ('o', ExitReason.GuestShutdown), ('p', ExitReason.GuestPanic), ('h', ExitReason.Halted), ('t', ExitReason.TripleFault), ('q', ExitReason.DebugExit)],
        [BootCpu, SecondCpu, Both]);

    [KvmTheory]
    [MemberData(nameof(Ends))]
    public void Any_vCPU_may_end_the_machine((char How, ExitReason Reason) end, int who)
    {
        using var machine = new VirtualMachine(Config(end.How, who));
        for (int round = 1; round <= 5; round++)
        {
            MachineExit exit = machine.Run();

            Assert.True(end.Reason == exit.Reason, $"{exit.Reason}: {exit.Message}");
            Assert.Equal((MachineState.Off, round), (machine.State, machine.Runs));
            Assert.All(machine.Vcpus, static vcpu => Assert.True(vcpu.HasEnded));
            if (end.Reason == ExitReason.TripleFault && who != Both) Assert.Equal(who - 1, exit.Fault?.VcpuIndex);
        }
    }

    [KvmTheory]
    [InlineData('r')]
    [InlineData('t')]
    [InlineData('p')]
    public void Any_vCPU_may_reset_the_machine(char how)
    {
        foreach (int who in (int[])[BootCpu, SecondCpu, Both])
        {
            using var machine = new VirtualMachine(Config(how, who) with { OnReset = ResetAction.Restart, OnPanic = PanicAction.Restart });
            machine.Start();

            Assert.True(SpinWait.SpinUntil(() => machine.Resets >= 3, GuestMachine.Patience), $"It did not reset: {machine.State}, {machine.LastExit?.Message}");

            machine.TurnOff();
            Assert.Equal((MachineState.Off, ExitReason.TurnedOff), (machine.State, machine.LastExit!.Reason));
        }
    }

    [KvmTheory]
    [InlineData(BootCpu)]
    [InlineData(SecondCpu)]
    [InlineData(Both)]
    public void Any_vCPU_may_panic_and_all_are_held(int who)
    {
        using var machine = new VirtualMachine(Config('p', who) with { OnPanic = PanicAction.Pause });
        machine.Start();

        Assert.True(machine.WaitFor(static state => state == MachineState.Paused, GuestMachine.Patience, TestContext.Current.CancellationToken));

        Assert.NotNull(machine.PanicMessage);
        machine.Resume(); // and then both halt
        Assert.Equal(ExitReason.GuestPanic, machine.WaitForEnd().Reason);
    }

    private static MachineConfig Config(char how, int who) =>
        GuestMachine.Config(GuestProgram.Boot("smp-end", [(byte)how, (byte)who])) with { InterruptController = true, VcpuCount = 2 };
}
