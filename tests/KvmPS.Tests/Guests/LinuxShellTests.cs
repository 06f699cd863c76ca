using System.Text;
using KvmPS.Core.Guest;
using KvmPS.Core.Machine;
using KvmPS.Tests.Boot;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Commands and files through the shell of a real Linux guest, BusyBox, on either kind of console.</summary>
[Collection(nameof(GuestCollection))]
public sealed class LinuxShellTests
{
    private const int Commands = 4;
    private const int PoolBytes = 4_000;
    private const string Oops = "[    9.123456] Oops: 0002 [#1] SMP PTI";

    private static GuestPatience Patient => new(GuestMachine.Patience, TestContext.Current.CancellationToken);

    [KvmTheory]
    [InlineData(MachineConsole.TtyS0, "console=ttyS0 SHELL")]
    [InlineData(MachineConsole.Hvc0, "console=ttyS0 console=hvc0 SHELL")]
    public void Files_and_outputs_come_through_exactly(MachineConsole console, string commandLine)
    {
        MachineConfig config = GuestMachine.Config(new KernelBoot(TestGuest.Path("vmlinux")) { Initrds = [TestGuest.Path("initrd.cpio")], CommandLine = commandLine });
        using VirtualMachine machine = new(config with { InterruptController = true, MemoryBytes = 64 << 20, Console = console });
        machine.Start();
        GuestShell shell = GuestShell.At(machine.Serial!);
        var random = new Random(5);
        byte[] pool = new byte[PoolBytes];
        random.NextBytes(pool);

        var files = new GuestFiles(shell, login: null, Patient);
        (string path, string checksum) = files.Put(new MemoryStream(pool), "pool", "/tmp", mode: null, overwrite: false, static _ => { });
        Assert.Equal("/tmp/pool", path);
        for (int i = 0; i < Commands; i++)
        {
            int length = random.Next(1, 1000);
            int skip = random.Next(pool.Length / length);
            GuestAnswer answer = shell.Run(new GuestCommand($"dd if={path} bs={length} skip={skip} count=1 2>/dev/null;exit {i}"), login: null, Patient);
            Assert.Equal(i, answer.ExitCode);
            Assert.Equal(pool.AsSpan(skip * length, length).ToArray(), answer.Output);
        }

        var back = new MemoryStream();
        Assert.Equal(checksum, files.Get(path, back, static (_, _) => { }).Checksum);
        Assert.Equal(pool, back.ToArray());
        machine.TurnOff();
    }

    [KvmFact]
    public void What_the_kernel_says_between_is_no_output_and_ends_the_command_when_it_is_broken()
    {
        MachineConfig config = GuestMachine.Config(new KernelBoot(TestGuest.Path("vmlinux")) { Initrds = [TestGuest.Path("initrd.cpio")], CommandLine = "console=ttyS0 SHELL" });
        using VirtualMachine machine = new(config with { InterruptController = true, MemoryBytes = 64 << 20 });
        machine.Start();
        GuestShell shell = GuestShell.At(machine.Serial!);

        Assert.Equal((5, "before-after"), Run("printf before-;echo '<0>a line of the kernel'>/dev/kmsg;printf after;exit 5"));
        Assert.Contains("] a line of the kernel", machine.Serial!.Log.Text, StringComparison.Ordinal);
        Assert.Equal((6, $"{Oops}\nKernel panic - not syncing: an old log\n---[ end Kernel panic\n"), Run($"echo '{Oops}';echo 'Kernel panic - not syncing: an old log';echo '---[ end Kernel panic';exit 6"));
        Assert.Null(machine.PanicMessage);

        GuestKernelException broken = Assert.Throws<GuestKernelException>(() => Run("echo begun;echo '<0>BUG: unable to handle page fault for address: 0'>/dev/kmsg;sleep 1000"));
        Assert.EndsWith("] BUG: unable to handle page fault for address: 0", broken.Line, StringComparison.Ordinal);
        Assert.Equal("begun\n", Encoding.ASCII.GetString(broken.Output));
        machine.TurnOff();

        (int Code, string Output) Run(string command)
        {
            var patience = new GuestPatience(GuestMachine.Patience, TestContext.Current.CancellationToken) { Kernel = new KernelWatch(machine.SerialPorts, machine.Serial!) };
            GuestAnswer answer = shell.Run(new GuestCommand(command), login: null, patience);
            return (answer.ExitCode, Encoding.ASCII.GetString(answer.Output));
        }
    }
}
