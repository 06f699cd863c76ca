using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Writes that KVM counts by itself: which of them, and that the vCPU does not leave the guest for them.</summary>
[Collection(nameof(ExclusiveCollection))]
public class IoEventTests
{
    /// <summary>The first address above the rig's RAM, which real mode reaches at ffff:0010.</summary>
    private static readonly GuestAddress Mmio = new(GuestRig.RamSize);

    /// <summary><c>mov ax, 5; out 0x90, ax; mov ax, 7; out 0x90, ax; hlt</c>.</summary>
    private static readonly byte[] TwoPortWrites = [0xB8, 5, 0, 0xE7, 0x90, 0xB8, 7, 0, 0xE7, 0x90, 0xF4];

    /// <summary><c>mov ax, 0xffff; mov ds, ax; mov word [0x10], 5; mov word [0x10], 7; hlt</c>.</summary>
    private static readonly byte[] TwoMemoryWrites = [0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0xC7, 0x06, 0x10, 0, 5, 0, 0xC7, 0x06, 0x10, 0, 7, 0, 0xF4];

    [KvmTheory]
    [InlineData(2, null, 2, "")]
    [InlineData(2, 7, 1, "5")]
    [InlineData(2, 9, 0, "5 7")]
    [InlineData(0, null, 2, "")]
    [InlineData(1, null, 0, "5 7")]
    public void Port_writes_that_match_are_counted_without_an_exit(int width, int? match, int counted, string exits) =>
        Check(TwoPortWrites, IoEvent.Port(0x90, width, (uint?)match), (ulong)counted, exits);

    [KvmTheory]
    [InlineData(2, null, 2, "")]
    [InlineData(2, 7, 1, "5")]
    [InlineData(2, 9, 0, "5 7")]
    [InlineData(0, null, 2, "")]
    [InlineData(4, null, 0, "5 7")]
    public void Memory_writes_that_match_are_counted_without_an_exit(int width, int? match, int counted, string exits) =>
        Check(TwoMemoryWrites, IoEvent.Mmio(Mmio, width, (ulong?)match), (ulong)counted, exits);

    [KvmFact]
    public void Event_that_is_taken_back_exits_again()
    {
        using var bell = new EventFd();
        var values = new List<int>();
        using GuestRig rig = new(TwoPortWrites, exit => Record(exit, values));
        rig.Vm.AddIoEvent(IoEvent.Port(0x90, 2), bell);
        rig.Vm.RemoveIoEvent(IoEvent.Port(0x90, 2), bell);
        rig.Start().WaitForEnd();
        Assert.Equal([5, 7], values);
        Assert.False(bell.TryTake());
    }

    [KvmFact]
    public void Event_outlives_its_file()
    {
        var values = new List<int>();
        using GuestRig rig = new(TwoPortWrites, exit => Record(exit, values));
        var bell = new EventFd();
        rig.Vm.AddIoEvent(IoEvent.Port(0x90, 2), bell);
        bell.Dispose();
        rig.Start().WaitForEnd();
        Assert.Empty(values);
        Assert.Throws<ObjectDisposedException>(() => rig.Vm.RemoveIoEvent(IoEvent.Port(0x90, 2), bell));
    }

    [KvmFact]
    public void Values_that_differ_ring_bells_that_differ()
    {
        using var five = new EventFd();
        using var seven = new EventFd();
        using GuestRig rig = new(TwoMemoryWrites, static exit => exit.Reason != VcpuExitReason.Halt);
        rig.Vm.AddIoEvent(IoEvent.Mmio(Mmio, 2, 5), five);
        rig.Vm.AddIoEvent(IoEvent.Mmio(Mmio, 2, 7), seven);
        rig.Start().WaitForEnd();
        Assert.True(five.TryTake(out ulong fives));
        Assert.True(seven.TryTake(out ulong sevens));
        Assert.Equal((1ul, 1ul), (fives, sevens));
        Assert.Equal(0, rig.Thread.ExitsFor(VcpuExitReason.Mmio));
    }

    [KvmFact]
    public void Refusals_are_named()
    {
        using var bell = new EventFd();
        using GuestRig rig = new(TwoPortWrites, static _ => true);
        rig.Vm.AddIoEvent(IoEvent.Port(0x90, 2), bell);
        Refused("EEXIST", () => rig.Vm.AddIoEvent(IoEvent.Port(0x90, 2), bell));
        Refused("EINVAL", () => rig.Vm.AddIoEvent(IoEvent.Port(0x90, 3), bell));
        Refused("EINVAL", () => rig.Vm.AddIoEvent(IoEvent.Mmio(Mmio, 0, match: 1), bell));
        Refused("EINVAL", () => rig.Vm.AddIoEvent(IoEvent.Mmio(new GuestAddress(ulong.MaxValue), 8), bell));
        Refused("ENOENT", () => rig.Vm.RemoveIoEvent(IoEvent.Port(0x91, 2), bell));

        static void Refused(string errno, Action action)
        {
            var error = Assert.Throws<KvmException>(action);
            Assert.Equal(("KVM_IOEVENTFD", errno), (error.Call, error.ErrnoName));
        }
    }

    private static void Check(byte[] code, IoEvent where, ulong counted, string exits)
    {
        using var bell = new EventFd();
        var values = new List<int>();
        using GuestRig rig = new(code, exit => Record(exit, values));
        rig.Vm.AddIoEvent(where, bell);
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal(exits, string.Join(' ', values));
        bell.TryTake(out ulong count);
        Assert.Equal(counted, count);
    }

    private static bool Record(VcpuExit exit, List<int> values)
    {
        if (exit.Reason == VcpuExitReason.Halt) return false;
        values.Add(BitConverter.ToUInt16(exit.Reason == VcpuExitReason.Io ? exit.PortData : exit.MmioData));
        return true;
    }
}
