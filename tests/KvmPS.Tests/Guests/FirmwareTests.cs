using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Machines that start at the reset vector.</summary>
[Collection(nameof(GuestCollection))]
public sealed class FirmwareTests
{
    private const string SeaBios = "/usr/share/seabios/bios-256k.bin";

    [KvmFact]
    public void The_first_instruction_is_at_the_reset_vector()
    {
        // 64 KiB of HLT but for the last 16 bytes: a far jump to the copy below 1 MiB, at whose beginning a byte goes to the debug exit.
        byte[] image = new byte[64 << 10];
        Array.Fill(image, (byte)0xF4);
        new byte[] { 0xEA, 0x00, 0x00, 0x00, 0xF0 }.CopyTo(image, image.Length - 16); // jmp 0xf000:0
        new byte[] { 0xB0, 0x15, 0xE6, 0xF4 }.CopyTo(image, 0); // mov al, 0x15; out 0xf4, al

        MachineExit exit = Run(image);

        Assert.Equal((ExitReason.DebugExit, 0x2B), (exit.Reason, exit.ExitCode));
    }

    [KvmFact]
    public void The_guest_cannot_change_it()
    {
        byte[] image = new byte[64 << 10];
        byte[] code =
        [
            0x2E, 0xC6, 0x06, 0xE0, 0xFF, 0x07, // mov byte cs:[0xffe0], 7: CS still has its base of 0xffff0000
            0x2E, 0xA0, 0xE0, 0xFF, // mov al, cs:[0xffe0]
            0xE6, 0xF4, // out 0xf4, al
        ];
        code.CopyTo(image, 0xFF00);
        new byte[] { 0xE9, 0x0D, 0xFF }.CopyTo(image, image.Length - 16); // jmp 0xff00
        image[0xFFE0] = 3;

        MachineExit exit = Run(image);

        Assert.Equal((ExitReason.DebugExit, (3 << 1) | 1), (exit.Reason, exit.ExitCode));
    }

    [KvmFact]
    public void SeaBios_says_who_it_is_and_that_there_is_nothing_to_boot()
    {
        Assert.SkipUnless(File.Exists(SeaBios), "Debian's package seabios is not installed.");
        using var machine = new VirtualMachine(GuestMachine.Config(new FirmwareBoot(SeaBios)) with { InterruptController = true, VcpuCount = 2 });
        machine.Start();

        bool said = SpinWait.SpinUntil(() => machine.State != MachineState.Running || machine.DebugConsoleText.Contains("No bootable device", StringComparison.Ordinal), GuestMachine.Patience);

        Assert.True(said, machine.DebugConsoleText);
        Assert.StartsWith("SeaBIOS (version ", machine.DebugConsoleText, StringComparison.Ordinal);
        Assert.True(machine.DebugConsoleText.Contains("Found 2 cpu(s)", StringComparison.Ordinal), machine.DebugConsoleText);
        Assert.Equal(MachineState.Running, machine.State);
    }

    private static MachineExit Run(byte[] image)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, image);
            using var machine = new VirtualMachine(GuestMachine.Config(new FirmwareBoot(path)));
            return machine.Run();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
