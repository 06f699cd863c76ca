using KvmPS.Core.Debug;
using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Tests.Guests;
using Xunit;

namespace KvmPS.Tests.Debug;

/// <summary>RAM by physical address, of machines that run, and only RAM.</summary>
[Collection(nameof(GuestCollection))]
public sealed class MemoryAccessTests
{
    [KvmFact]
    public void A_running_guest_sees_what_is_written_and_shows_what_it_writes()
    {
        // 1000: mov al,[3000]; mov [3001],al; cmp al,7; jne 1000; out 0xf4,al
        byte[] code = [0xA0, 0x00, 0x30, 0xA2, 0x01, 0x30, 0x3C, 0x07, 0x75, 0xF6, 0xE6, 0xF4];
        using VirtualMachine machine = GuestInspectorTests.Started(code);

        MemoryAccess.Write(machine, new GuestAddress(0x3000), [5]);
        Assert.True(SpinWait.SpinUntil(() => MemoryAccess.Read(machine, new GuestAddress(0x3001), 1)[0] == 5, GuestMachine.Patience));
        MemoryAccess.Write(machine, new GuestAddress(0x3000), [7]);

        Assert.Equal((ExitReason.DebugExit, 15), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
    }

    [KvmFact]
    public void The_code_of_a_paused_guest_can_be_changed()
    {
        using VirtualMachine machine = GuestInspectorTests.Paused([0xEB, 0xFE]);

        MemoryAccess.Write(machine, new GuestAddress(0x1000), [0xB0, 0x03, 0xE6, 0xF4]); // mov al,3; out 0xf4,al
        Assert.Equal([0xB0, 0x03, 0xE6, 0xF4, 0x00], MemoryAccess.Read(machine, new GuestAddress(0x1000), 5));
        machine.Resume();

        Assert.Equal((ExitReason.DebugExit, 7), (machine.WaitForEnd().Reason, machine.LastExit!.ExitCode));
    }

    [KvmTheory]
    [InlineData(0xFF_FFFFul, 1, true)]
    [InlineData(0xFF_FFFFul, 2, false)]
    [InlineData(0x100_0000ul, 1, false)]
    [InlineData(ulong.MaxValue, 1, false)]
    [InlineData(0xFF_F800ul, int.MaxValue, false)]
    public void Only_RAM_is_read_and_written(ulong address, int length, bool isRam)
    {
        using VirtualMachine machine = GuestInspectorTests.Paused([0xEB, 0xFE]);
        if (isRam)
        {
            Assert.Equal(length, MemoryAccess.Read(machine, new GuestAddress(address), length).Length);
            return;
        }

        Assert.Equal(InspectionFailure.NotInRam, GuestInspectorTests.Failure(() => MemoryAccess.Read(machine, new GuestAddress(address), length)));
        Assert.Equal(InspectionFailure.NotInRam, GuestInspectorTests.Failure(() => MemoryAccess.Write(machine, new GuestAddress(address), new byte[Math.Min(length, 4096)])));
    }

    [KvmFact]
    public void A_range_that_crosses_the_hole_is_refused_with_the_regions()
    {
        using VirtualMachine machine = GuestMachine.Of(RealModeCode.Sleep, interruptController: true, mebibytes: 4096);
        machine.Start();
        const ulong holeStart = Core.Boot.MemoryLayout.MmioHoleStart;

        InspectionException refused = Assert.Throws<InspectionException>(() => MemoryAccess.Read(machine, new GuestAddress(holeStart - 8), 16));

        Assert.Equal(InspectionFailure.NotInRam, refused.Failure);
        Assert.Contains("0x100000000-", refused.Message, StringComparison.Ordinal);
        MemoryAccess.Write(machine, new GuestAddress(0x1_0000_0000), [1, 2, 3]);
        Assert.Equal([1, 2, 3], MemoryAccess.Read(machine, new GuestAddress(0x1_0000_0000), 3));
    }

    [KvmFact]
    public void Many_may_read_while_the_machine_ends()
    {
        for (int round = 0; round < 50; round++)
        {
            using VirtualMachine machine = GuestMachine.Of(RealModeCode.ExitAfter(200));
            machine.Start();
            Parallel.For(0, 4, _ =>
            {
                try
                {
                    for (int i = 0; i < 1000; i++) Assert.Equal(4096, MemoryAccess.Read(machine, new GuestAddress(0x1000), 4096).Length);
                }
                catch (InspectionException off)
                {
                    Assert.Equal(InspectionFailure.Off, off.Failure);
                }
            });
            machine.WaitForEnd();
        }
    }
}
