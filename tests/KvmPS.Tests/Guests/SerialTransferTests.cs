using System.Text;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>The console carries every byte, in order, both ways; whenever it was written.</summary>
[Collection(nameof(GuestCollection))]
public sealed class SerialTransferTests
{
    private const int TransferBytes = 262_144;

    [KvmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Input_from_before_the_guest_is_ready_is_not_lost(bool interruptController)
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("sink"), interruptController);

        machine.Start();
        machine.Serial!.WriteInput(GuestProgram.Sequence(TransferBytes));
        machine.WaitForEnd();

        Assert.Equal(GuestProgram.Expected("sink"), machine.Console());
    }

    [KvmFact]
    public void Interrupt_driven_input_from_before_the_guest_is_ready_is_not_lost()
    {
        byte[] sent = [.. GuestProgram.Sequence(20_000).Select(static value => (byte)(0x20 + (value & 0x3F))), 0x04];
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("echo-irq"), interruptController: true);

        machine.Start();
        machine.Serial!.WriteInput(sent);
        machine.WaitForEnd();

        Assert.Equal("ready\n" + Encoding.Latin1.GetString(sent, 0, sent.Length - 1), machine.Console());
    }

    [KvmFact]
    public void Input_may_come_in_pieces_of_any_size()
    {
        byte[] sent = GuestProgram.Sequence(TransferBytes);
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("sink"), interruptController: true);

        machine.Start();
        for (int at = 0, size = 1; at < sent.Length; at += size, size = (size * 7 % 4001) + 1)
        {
            size = Math.Min(size, sent.Length - at);
            machine.Serial!.WriteInput(sent.AsSpan(at, size));
        }

        machine.WaitForEnd();
        Assert.Equal(GuestProgram.Expected("sink"), machine.Console());
        Assert.Equal(0, machine.Serial!.PendingInputBytes);
    }

    [KvmFact]
    public void Input_that_nobody_reads_ends_with_the_machine()
    {
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot("spin"));

        machine.Start();
        machine.Type("nobody reads this");
        machine.TurnOff();
        machine.Type("nor this");

        Assert.False(machine.Serial!.WaitForInputDrained(GuestMachine.Patience, TestContext.Current.CancellationToken));
    }

    [KvmFact]
    public void A_machine_that_cannot_be_built_leaves_the_log_of_the_last_run_as_it_is()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kvmps-{Guid.NewGuid():N}.log");
        try
        {
            File.WriteAllText(path, "the last run");
            BootSource outsideOfMemory = new CodeBoot(new byte[] { 0xF4 }, CpuMode.Protected, 1ul << 30);
            using var machine = new VirtualMachine(GuestMachine.Config(outsideOfMemory) with { SerialLogPath = path });

            Assert.Throws<ImageNotBootableException>(machine.Start);

            Assert.Equal("the last run", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [KvmFact]
    public void A_machine_that_is_started_again_at_once_begins_its_log_file_anew()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kvmps-{Guid.NewGuid():N}.log");
        try
        {
            using var machine = new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("hello")) with { SerialLogPath = path });
            for (int run = 0; run < 5; run++) machine.Run();

            Assert.True(machine.Serial!.FileCompleted.Wait(GuestMachine.Patience, TestContext.Current.CancellationToken));
            Assert.Equal(machine.Serial.Log.Text, File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [KvmFact]
    public void A_log_file_gets_what_the_bounded_log_drops()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kvmps-{Guid.NewGuid():N}.log");
        try
        {
            const int Kept = 128 << 10;
            MachineConfig config = GuestMachine.Config(GuestProgram.Boot("flood-rep")) with { SerialLogPath = path, SerialLogLimit = Kept };
            using var machine = new VirtualMachine(config);

            machine.Run();
            Assert.True(machine.Serial!.FileCompleted.Wait(GuestMachine.Patience, TestContext.Current.CancellationToken));

            Assert.Equal(GuestProgram.Sequence(TransferBytes), File.ReadAllBytes(path));
            Assert.Equal(TransferBytes, machine.Serial!.Log.TotalBytes);
            Assert.InRange(machine.Serial.Log.DroppedBytes, TransferBytes - Kept, TransferBytes);
            Assert.Null(machine.Serial.FileError);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
