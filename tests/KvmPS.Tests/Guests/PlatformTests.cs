using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>The platform's devices as a guest meets them on a whole machine: the ready port, the clock's offset, more serial ports.</summary>
[Collection(nameof(GuestCollection))]
public sealed class PlatformTests
{
    [KvmFact]
    public void A_guest_says_that_it_is_ready()
    {
        MachineInstance? run = null;
        using var machine = new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("ready")), instance => run = instance);
        machine.Run();
        Assert.Equal(0x2A, run!.Ready?.Code);
    }

    [KvmFact]
    public void A_guest_that_does_not_say_so_is_not_ready()
    {
        MachineInstance? run = null;
        using var machine = new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("hello")), instance => run = instance);
        machine.Run();
        Assert.Null(run!.Ready);
    }

    [KvmFact]
    public void The_clock_is_ahead_by_the_offset_of_the_configuration()
    {
        // Writes the clock's century, two decimal digits, to COM1.
        byte[] code = [0xB0, 0x32, 0xE6, 0x70, 0xE4, 0x71, 0xBA, 0xF8, 0x03, 0xEE, 0xF4];
        using var machine = new VirtualMachine(GuestMachine.Config(new CodeBoot(code, CpuMode.Real, 0x1000)) with { ClockOffset = TimeSpan.FromDays(36_525) });
        machine.Run();
        Assert.Equal([0x21], machine.Bytes());
    }

    [KvmFact]
    public void Each_serial_port_has_its_own_log()
    {
        // Writes the letters a to d to COM1 to COM4.
        byte[] code =
        [
            0xB0, (byte)'a', 0xBA, 0xF8, 0x03, 0xEE, 0xB0, (byte)'b', 0xBA, 0xF8, 0x02, 0xEE,
            0xB0, (byte)'c', 0xBA, 0xE8, 0x03, 0xEE, 0xB0, (byte)'d', 0xBA, 0xE8, 0x02, 0xEE, 0xF4,
        ];
        using var machine = new VirtualMachine(GuestMachine.Config(new CodeBoot(code, CpuMode.Real, 0x1000)) with { SerialPortCount = 4 });
        Assert.Empty(machine.SerialPorts);
        machine.Run();
        Assert.Equal(["a", "b", "c", "d"], machine.SerialPorts.Select(static port => port.Log.Text));
        Assert.Same(machine.SerialPorts[0], machine.Serial);
        Assert.All(machine.SerialPorts, static port => Assert.True(port.Log.IsCompleted));
    }

    /// <summary>The program <c>echo-irq</c> moved to COM3, which shares IRQ 4 with COM1.</summary>
    [KvmFact]
    public void COM3_interrupts_by_the_line_of_COM1()
    {
        byte[] code = GuestProgram.Boot("echo-irq").Code.ToArray();
        int moved = 0;
        for (int i = 0; i + 2 < code.Length; i++)
        {
            if (code[i] != 0xBA || code[i + 1] < 0xF8 || code[i + 2] != 0x03) continue; // mov dx, 0x3f8 to 0x3ff
            code[i + 1] -= 0x10;
            moved++;
        }

        Assert.NotEqual(0, moved);
        using VirtualMachine machine = GuestMachine.Of(new CodeBoot(code, CpuMode.Real, 0x1000), interruptController: true);
        machine.Start();
        SerialPort port = machine.SerialPorts[2];
        Assert.NotNull(new SerialMatcher(port.Log, ["ready\n"]).Wait(GuestMachine.Patience, TestContext.Current.CancellationToken));
        port.WriteInput("by interrupt\x04"u8);
        MachineExit exit = machine.WaitForEnd();

        Assert.Equal(1, exit.ExitCode);
        Assert.Equal("ready\nby interrupt", port.Log.Text);
        Assert.Equal(0, machine.Serial!.Log.TotalBytes);
    }

    [KvmFact]
    public void A_machine_has_the_serial_ports_of_its_configuration()
    {
        byte[] code = [0xB0, (byte)'b', 0xBA, 0xF8, 0x02, 0xEE, 0xF4];
        using var machine = new VirtualMachine(GuestMachine.Config(new CodeBoot(code, CpuMode.Real, 0x1000)) with { SerialPortCount = 1 });
        machine.Run();
        Assert.Single(machine.SerialPorts);
        Assert.Equal(1, machine.Statistics.UnclaimedAccesses);

        machine.Reconfigure(static config => config with { SerialPortCount = 5 });
        Assert.Throws<ArgumentOutOfRangeException>(machine.Start);
    }
}
