using System.Security.Cryptography;
using System.Text;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using KvmPS.Tests.Boot;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Linux on a virtio console: a shell on hvc0, and channels for programs.</summary>
public sealed class LinuxConsoleTests
{
    private const int PasteBytes = 16 << 10; // four times what a terminal of Linux keeps
    private const int ChannelBytes = 64 << 10; // twice what Linux writes to a port at once

    [KvmFact]
    public void A_shell_on_hvc0_takes_a_paste_and_gives_it_back()
    {
        using VirtualMachine machine = new(Config("initrd.cpio", "console=ttyS0 console=hvc0 SHELL") with { Console = MachineConsole.Hvc0 });
        machine.Start();
        SerialMatch prompt = machine.WaitForText("/ # ");
        Assert.Equal("hvc0", machine.Serial!.Name);
        Assert.Contains("Linux version", machine.SerialPorts[0].Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(LinuxGuest.Userspace, machine.SerialPorts[0].Log.Text, StringComparison.Ordinal);

        machine.Serial.SetWindow(101, 37);
        long at = Do(machine, "while [ \"$(stty size)\" = '0 0' ]; do :; done; stty size", "\\n37 101", prompt.End);

        // Lines of 63 characters: the terminal takes no line longer than 4,095.
        byte[] paste = [.. GuestProgram.Sequence(PasteBytes).Select(static (value, at) => at % 64 == 63 ? (byte)'\r' : (byte)('a' + (value % 26)))];
        byte[] arrived = [.. paste.Select(static value => value == '\r' ? (byte)'\n' : value)];
        at = Do(machine, "stty -echo; echo quiet", "\\nquiet", at);
        machine.Type("cat > /paste; md5sum < /paste\r");
        machine.Serial.WriteInput(paste);
        machine.Type("\x04");
        at = machine.WaitForText(Md5(arrived), at).End;

        Do(machine, "stty -onlcr; cat /paste; echo done", "done", at);
        Assert.Contains(Encoding.ASCII.GetString(arrived), machine.Console(), StringComparison.Ordinal);
        machine.TurnOff();
    }

    [KvmFact]
    public void A_named_port_is_a_channel_between_programs()
    {
        using VirtualMachine machine = new(Config("initrd.cpio", "console=ttyS0 SHELL") with { ConsolePorts = ["org.example.files", "other"] });
        machine.Start();
        long at = machine.WaitForText("/ # ").End;
        at = Do(machine, "cat /sys/class/virtio-ports/vport*p1/name /sys/class/virtio-ports/vport*p2/name", "org.example.files\\r?\\nother", at);

        SerialPort channel = machine.VirtioPorts[1];
        byte[] sent = GuestProgram.Sequence(ChannelBytes);
        channel.WriteInput(sent);
        at = Do(machine, $"head -c {ChannelBytes} /dev/vport0p1 > /got; md5sum < /got", Md5(sent), at);
        at = Do(machine, "cat /got > /dev/vport0p1; echo sent $?", "sent 0", at);

        byte[] received = new byte[ChannelBytes];
        Assert.True(SpinWait.SpinUntil(() => channel.Log.TotalBytes >= ChannelBytes, GuestMachine.Patience));
        long position = 0;
        Assert.Equal(ChannelBytes, channel.Log.Read(ref position, received));
        Assert.Equal(sent, received);
        Assert.Equal(0, machine.VirtioPorts[2].Log.TotalBytes);

        machine.VirtioPorts[2].WriteInput("kept until it is opened"u8);
        Do(machine, "head -c 23 /dev/vport0p2", "kept until it is opened", at);
        machine.TurnOff();
    }

    [KvmTheory]
    [InlineData("console=ttyS0 console=hvc0 rdinit=/missing panic=-1")]
    [InlineData("console=ttyS0 rdinit=/missing panic=-1")] // hvc0 stays silent
    [InlineData("console=hvc0 rdinit=/missing panic=-1")]
    public void A_panic_is_heard_on_either_console(string commandLine)
    {
        using VirtualMachine machine = new(Config("initrd-tiny.cpio", commandLine) with { Console = MachineConsole.Hvc0 });

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.GuestPanic, exit.Reason);
        Assert.Contains("VFS: Unable to mount root fs", exit.Message, StringComparison.Ordinal);
        Assert.Contains("VFS: Unable to mount root fs", machine.Spoken!.Log.Text, StringComparison.Ordinal);
    }

    [KvmFact]
    public void The_console_goes_on_over_a_reset()
    {
        using VirtualMachine machine = new(Config("initrd-tiny.cpio", "console=ttyS0 console=hvc0 fast reboot=k") with { Console = MachineConsole.Hvc0, OnReset = ResetAction.Restart });
        machine.Start();
        SerialPort console = machine.Serial!;

        long first = machine.WaitForText(LinuxGuest.Userspace).End;
        machine.WaitForText(LinuxGuest.Userspace, first);
        machine.TurnOff();

        Assert.Same(console, machine.Serial);
        Assert.InRange(machine.Resets, 1, int.MaxValue);
    }

    private static MachineConfig Config(string initrd, string commandLine) =>
        GuestMachine.Config(new KernelBoot(TestGuest.Path("vmlinux")) { Initrds = [TestGuest.Path(initrd)], CommandLine = commandLine })
            with { InterruptController = true, MemoryBytes = 64 << 20 };

    /// <summary>Types a command and waits for its answer; where that ends.</summary>
    private static long Do(VirtualMachine machine, string command, string answer, long from)
    {
        machine.Type(command + "\r");
        return machine.WaitForText(answer, from).End;
    }

    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
}
