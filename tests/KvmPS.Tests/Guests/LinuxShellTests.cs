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
}
