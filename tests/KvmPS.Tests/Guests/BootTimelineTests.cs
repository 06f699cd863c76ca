using System.Text;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Tests.Boot;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>The instants of a boot are those in which things happened, in their order; what did not happen is not there.</summary>
[Collection(nameof(GuestCollection))]
public sealed class BootTimelineTests
{
    private const string Kernel = "[    0.000000] Linux version 9.9.9 (me@here) #1\r\n";
    private const string Init = "[    1.234567] Run /init as init process\r\n";

    [Fact]
    public void A_machine_that_was_never_started_has_none()
    {
        using VirtualMachine machine = new(GuestMachine.Config(GuestProgram.Boot("halt")));
        Assert.Empty(machine.MeasureBoot());
    }

    [KvmFact]
    public void A_guest_that_only_halts_has_load_exit_and_end()
    {
        using VirtualMachine machine = new(GuestMachine.Config(GuestProgram.Boot("halt")));
        MachineExit exit = machine.Run();

        IReadOnlyList<BootMark> marks = machine.MeasureBoot();
        Assert.Equal([BootPhase.Load, BootPhase.FirstExit, BootPhase.End], marks.Select(static mark => mark.Phase));
        Assert.Equal(["vCPU 0", exit.Message], marks.Skip(1).Select(static mark => mark.Text));
        Assert.True(marks[0].Time > TimeSpan.Zero);
    }

    [KvmFact]
    public void The_lines_of_a_kernel_are_told_by_their_lines_whatever_else_is_said()
    {
        using VirtualMachine machine = Saying($"BIOS\nnot Linux version 1\n{Kernel}Run things as init processes\n{Init}{Kernel}{Init}");
        machine.Run();

        IReadOnlyList<BootMark> marks = machine.MeasureBoot();
        Assert.Equal([BootPhase.Load, BootPhase.FirstExit, BootPhase.FirstByte, BootPhase.Kernel, BootPhase.Init, BootPhase.End], marks.Select(static mark => mark.Phase));
        Assert.Equal(["COM1", "Linux version 9.9.9 (me@here) #1", "Run /init as init process"], marks.Skip(2).Take(3).Select(static mark => mark.Text));
        Assert.True(marks[2].Time < marks[3].Time && marks[3].Time < marks[4].Time);
        Assert.Equal(marks.Select(static mark => mark.Time).Order(), marks.Select(static mark => mark.Time));
    }

    [KvmFact]
    public void Readiness_is_one_of_them()
    {
        using VirtualMachine machine = new(GuestMachine.Config(GuestProgram.Boot("ready")));
        machine.Run();

        BootMark ready = Assert.Single(machine.MeasureBoot(), static mark => mark.Phase == BootPhase.Ready);
        Assert.Equal("Code 42", ready.Text);
    }

    [KvmFact]
    public void A_reset_begins_a_boot_of_its_own()
    {
        using VirtualMachine machine = new(GuestMachine.Config(Code($"{Kernel}no end", restart: true)) with { OnReset = ResetAction.Restart });
        machine.Start();
        long first = machine.WaitForText("Linux version").End;
        long second = machine.WaitForText("Linux version", first).End;
        machine.WaitForText("Linux version", second);
        machine.TurnOff();

        // The run that was turned off may not have come to any of these; all that it has are its own.
        IReadOnlyList<BootMark> marks = machine.MeasureBoot();
        Assert.All(marks, mark => Assert.True(mark.Time <= machine.Uptime));
        Assert.Equal(marks.Select(static mark => mark.Phase).Distinct(), marks.Select(static mark => mark.Phase));
        Assert.Equal(BootPhase.End, marks[^1].Phase);
    }

    [KvmFact]
    public void Linux_has_them_all()
    {
        using VirtualMachine machine = new(
            GuestMachine.Config(new KernelBoot(TestGuest.Path("vmlinux")) { Initrds = [TestGuest.Path("initrd-tiny.cpio")], CommandLine = "console=ttyS0 reboot=k fast" })
                with { InterruptController = true, MemoryBytes = 64 << 20 });
        machine.Run();

        IReadOnlyList<BootMark> marks = machine.MeasureBoot();
        Assert.Equal([BootPhase.Load, BootPhase.FirstExit, BootPhase.FirstByte, BootPhase.Kernel, BootPhase.Init, BootPhase.End], marks.Select(static mark => mark.Phase));
        Assert.StartsWith("Linux version 6.", marks[3].Text, StringComparison.Ordinal);
    }

    private static VirtualMachine Saying(string text) => new(GuestMachine.Config(Code(text, restart: false)));

    /// <summary>Writes a text to COM1, and resets the machine or ends it.</summary>
    private static CodeBoot Code(string text, bool restart)
    {
        byte[] code = [0xBA, 0xF8, 0x03, .. Encoding.ASCII.GetBytes(text).SelectMany(static letter => new byte[] { 0xB0, letter, 0xEE }), 0xB0, restart ? (byte)0xFE : (byte)0, 0xE6, restart ? (byte)0x64 : (byte)0xF4];
        return new CodeBoot(code, CpuMode.Real, MemoryLayout.RawCode); // mov dx, 0x3f8; mov al, letter; out dx, al; …; out 0x64 or 0xf4, al
    }
}
