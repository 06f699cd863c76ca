using KvmPS.Core.Boot;
using KvmPS.Core.Debug;
using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Tests.Debug;
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

    [KvmFact]
    public void It_can_be_read_and_disassembled_and_nobody_can_write_it()
    {
        byte[] image = new byte[64 << 10];
        new byte[] { 0xEB, 0xFE }.CopyTo(image, image.Length - 16); // jmp to itself

        WithMachine(image, static machine =>
        {
            machine.Start();
            machine.Pause();

            Assert.Equal([0xEB, 0xFE, 0x00], MemoryAccess.Read(machine, new GuestAddress(0xFFFF_FFF0), 3));
            Assert.Equal(64 << 10, MemoryAccess.Read(machine, new GuestAddress(0xFFFF_0000), 64 << 10).Length);
            Assert.Equal(InspectionFailure.NotInRam, GuestInspectorTests.Failure(() => MemoryAccess.Read(machine, new GuestAddress(0xFFFE_FFFF), 2)));
            Assert.Equal(InspectionFailure.NotInRam, GuestInspectorTests.Failure(() => MemoryAccess.Read(machine, new GuestAddress(0xFFFF_FFFF), 2)));
            Assert.Equal(InspectionFailure.NotInRam, GuestInspectorTests.Failure(() => MemoryAccess.Read(machine, new GuestAddress(0xFFFF_FFFF), int.MaxValue)));
            InspectionException refused = Assert.Throws<InspectionException>(() => MemoryAccess.Write(machine, new GuestAddress(0xFFFF_FFF0), [0x90]));
            Assert.Contains("its firmware at 0xffff0000-0xffffffff can only be read", refused.Message, StringComparison.Ordinal);
            CodeLine line = Assert.Single(GuestInspector.Disassemble(machine, 0, null, null, 1).Lines);
            Assert.Equal((0xFFF0ul, 2), (line.Address, line.Bytes.Length));
            Assert.StartsWith("jmp short", line.Text, StringComparison.Ordinal);
        });
    }

    [KvmFact]
    public void A_fault_in_it_tells_the_instruction()
    {
        byte[] image = new byte[64 << 10];
        byte[] code =
        [
            0x2E, 0x0F, 0x01, 0x1E, 0xE0, 0xFF, // lidt cs:[0xffe0]: six zero bytes, so that no vector is in the table
            0x0F, 0x0B, // ud2
        ];
        code.CopyTo(image, 0xFF00);
        new byte[] { 0xE9, 0x0D, 0xFF }.CopyTo(image, image.Length - 16); // jmp 0xff00

        MachineExit exit = Run(image);

        // Where KVM emulates real mode, its emulator says so before the CPU could give up.
        Assert.Contains(exit.Reason, (ExitReason[])[ExitReason.TripleFault, ExitReason.EmulationFailure]);
        Assert.Equal("ud2", exit.Fault?.Instruction);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60 << 10)]
    [InlineData((64 << 10) + 1)]
    [InlineData(260 << 10)]
    public void Other_sizes_are_refused(int size)
    {
        var refused = Assert.Throws<ImageNotBootableException>(() => Firmware.Open(new MemoryImageSource("bios", new byte[size])));
        Assert.True(refused.IsFirmware);
        Assert.Contains("64 to 256 KiB", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64 << 10, 0xF_0000ul, 0xFFFF_0000ul)]
    [InlineData(256 << 10, 0xC_0000ul, 0xFFFC_0000ul)]
    public void Both_places_of_it_are_known_before_the_start(int size, ulong copy, ulong rom)
    {
        BootImage image = Firmware.Open(new MemoryImageSource("bios", new byte[size]));
        Assert.Equal((copy, 0x10_0000ul), (image.Segments[0].Address.Value, image.End.Value));
        Assert.Equal((rom, 0x1_0000_0000ul), (image.Rom!.Value.Address.Value, image.Rom.Value.End.Value));
        Assert.Equal(0xFFFF_FFF0ul, image.Entry.Value);
    }

    [Fact]
    public void The_copy_needs_RAM()
    {
        BootImage image = Firmware.Open(new MemoryImageSource("bios", new byte[64 << 10]));
        using var memory = GuestMemory.Allocate(0xF_F000, new GuestAddress(MemoryLayout.MmioHoleStart), new GuestAddress(MemoryLayout.MmioHoleEnd));
        Assert.True(Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters())).IsFirmware);
    }

    private static MachineExit Run(byte[] image) => WithMachine(image, static machine => machine.Run());

    private static void WithMachine(byte[] image, Action<VirtualMachine> use) => WithMachine(image, machine =>
    {
        use(machine);
        return machine.State;
    });

    private static T WithMachine<T>(byte[] image, Func<VirtualMachine, T> use)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, image);
            using var machine = new VirtualMachine(GuestMachine.Config(new FirmwareBoot(path)));
            return use(machine);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
