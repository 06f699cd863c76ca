using KvmPS.Core.Debug;
using KvmPS.Core.Machine;
using KvmPS.Tests.Guests;
using Xunit;

namespace KvmPS.Tests.Debug;

/// <summary>Interrupts from outside reach guests that run, sleep or are paused.</summary>
[Collection(nameof(GuestCollection))]
public sealed class InterruptInjectorTests
{
    [KvmTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_non_maskable_interrupt_reaches_the_handler(bool interruptController, bool paused)
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("nmi"), interruptController);
        machine.Start();
        machine.WaitForText("ready\n");
        if (paused) machine.Pause();

        InterruptInjector.SendNmi(machine, 0);
        if (paused) machine.Resume();

        Assert.Equal((ExitReason.DebugExit, 1), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
        Assert.Equal("ready\nNMI\n", machine.Console());
    }

    [KvmFact]
    public void A_pulse_of_a_line_wakes_a_guest_that_sleeps()
    {
        // The PIC at vector 0x20 with all lines open but 0; the handler of line 5 exits with 9. sti; hlt; jmp to hlt.
        byte[] code =
        [
            0xC7, 0x06, 0x94, 0x00, 0x2B, 0x10, // mov word [0x25 * 4], 0x102b
            0xC7, 0x06, 0x96, 0x00, 0x00, 0x00, // mov word [0x25 * 4 + 2], 0
            0xB0, 0x11, 0xE6, 0x20, 0xB0, 0x20, 0xE6, 0x21, // ICW1, ICW2
            0xB0, 0x04, 0xE6, 0x21, 0xB0, 0x01, 0xE6, 0x21, // ICW3, ICW4
            0xB0, 0xDF, 0xE6, 0x21, // mask all but line 5
            0xB0, (byte)'r', 0xBA, 0xF8, 0x03, 0xEE, // 'r' to the console
            0xFB, 0xF4, // sti; hlt
            0xEB, 0xFD, 0x90, // jmp back to hlt
            0xB0, 0x09, 0xE6, 0xF4, // 102b: mov al,9; out 0xf4,al
        ];
        using VirtualMachine machine = GuestMachine.Of(new CodeBoot(code, Core.Boot.CpuMode.Real, Core.Boot.MemoryLayout.RawCode), interruptController: true);
        machine.Start();
        machine.WaitForText("r");

        InterruptInjector.PulseLine(machine, 5);

        Assert.Equal((ExitReason.DebugExit, 19), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
    }

    [KvmFact]
    public void Without_controllers_there_are_no_lines_and_off_there_is_nothing()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"));
        Assert.Equal(InspectionFailure.Off, GuestInspectorTests.Failure(() => InterruptInjector.SendNmi(machine, 0)));
        Assert.Equal(InspectionFailure.Off, GuestInspectorTests.Failure(() => InterruptInjector.PulseLine(machine, 4)));

        machine.Start();

        Assert.Equal(InspectionFailure.NoInterruptController, GuestInspectorTests.Failure(() => InterruptInjector.PulseLine(machine, 4)));
    }
}
