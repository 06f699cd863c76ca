using System.Text;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>
/// The tests that run small guests: one after the other, since each may want all the CPUs there are. Those with Linux are in none: each
/// takes one CPU for long, so that they run beside these and each other.
/// </summary>
[CollectionDefinition(nameof(GuestCollection))]
public sealed class GuestCollection;

/// <summary>Machines for tests, and short ways to what they say and how they end.</summary>
internal static class GuestMachine
{
    /// <summary>More than anything takes on the busiest host: only a fault makes a test wait this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const ulong MiB = 1 << 20;

    public static VirtualMachine Of(BootSource boot, bool interruptController = false, int vcpus = 1, ulong mebibytes = 16) =>
        new(Config(boot) with { InterruptController = interruptController, VcpuCount = vcpus, MemoryBytes = mebibytes * MiB });

    public static MachineConfig Config(BootSource boot) => new() { Name = "test", Boot = boot, InterruptController = false, MemoryBytes = 16 * MiB };

    /// <summary>Starts the machine and waits for its end.</summary>
    public static MachineExit Run(this VirtualMachine machine)
    {
        machine.Start();
        return machine.WaitForEnd();
    }

    public static MachineExit WaitForEnd(this VirtualMachine machine)
    {
        bool ended = machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, Patience, TestContext.Current.CancellationToken);
        Assert.True(ended, $"The machine did not end. Its console:\n{machine.Serial?.Log.Text}");
        MachineExit? exit = machine.LastExit;
        Assert.NotNull(exit);
        return exit;
    }

    /// <summary>Waits until the console says something.</summary>
    /// <param name="machine">A machine that was started.</param>
    /// <param name="pattern">A regular expression.</param>
    /// <param name="from">Where to begin: the end of the match before.</param>
    public static SerialMatch WaitForText(this VirtualMachine machine, string pattern, long from = 0)
    {
        SerialMatch? match = new SerialMatcher(machine.Serial!.Log, [pattern], position: from).Wait(Patience, TestContext.Current.CancellationToken);
        Assert.True(match is not null, $"'{pattern}' did not come. State {machine.State}, end {machine.LastExit?.Message}; the console:\n{machine.Serial.Log.Text}");
        return match;
    }

    public static void Type(this VirtualMachine machine, string text) => machine.Serial!.WriteInput(Encoding.Latin1.GetBytes(text));

    /// <summary>Every byte of the console.</summary>
    public static byte[] Bytes(this VirtualMachine machine)
    {
        SerialLog log = machine.Serial!.Log;
        Assert.Equal(0, log.DroppedBytes);
        byte[] bytes = new byte[log.TotalBytes];
        long position = 0;
        int count = 0;
        for (int read; (read = log.Read(ref position, bytes.AsSpan(count))) > 0; position += read) count += read;
        Assert.Equal(bytes.Length, count);
        return bytes;
    }

    /// <summary>The console, a character for each byte.</summary>
    public static string Console(this VirtualMachine machine) => Encoding.Latin1.GetString(machine.Bytes());
}
