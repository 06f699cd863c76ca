using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>The power button of a machine with ACPI, pressed on a guest that heeds it.</summary>
[Collection(nameof(GuestCollection))]
public sealed class PowerButtonTests
{
    [KvmFact]
    public void A_guest_that_is_asked_switches_itself_off()
    {
        MachineInstance? run = null;
        MachineConfig config = GuestMachine.Config(GuestProgram.Boot("power-button")) with { InterruptController = true };
        using var machine = new VirtualMachine(config, instance => run = instance);
        machine.Start();
        Assert.NotNull(run!.PowerManagement);
        SerialMatch ready = machine.WaitForText("ready\n");
        Assert.True(run.PowerManagement.IsPowerButtonEnabled);
        Assert.Equal(ready.End, machine.Serial!.Log.TotalBytes); // It waits for the button.

        run.PowerManagement.PressPowerButton();
        MachineExit exit = machine.WaitForEnd();

        Assert.Equal(GuestProgram.Expected("power-button"), machine.Console());
        Assert.Equal(ExitReason.GuestShutdown, exit.Reason);
        run.PowerManagement.PressPowerButton(); // Too late, and no harm.
    }

    [KvmTheory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_machine_without_ACPI_has_no_button(bool interruptController, bool acpi)
    {
        MachineInstance? run = null;
        MachineConfig config = GuestMachine.Config(GuestProgram.Boot("power-button", CpuMode.Real)) with { InterruptController = interruptController, Acpi = acpi };
        using var machine = new VirtualMachine(config, instance => run = instance);

        MachineExit exit = machine.Run();

        Assert.Null(run!.PowerManagement);
        Assert.Equal((ExitReason.DebugExit, 3), (exit.Reason, exit.ExitCode));
    }
}
