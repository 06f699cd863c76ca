using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>The machine's clock, and how a guest is told of a pause.</summary>
[Collection(nameof(ExclusiveCollection))]
public class ClockTests
{
    /// <summary><c>1000  eb fe  jmp $</c>.</summary>
    private static readonly byte[] Spin = [0xEB, 0xFE];

    [KvmFact]
    public void Clock_goes_on_from_where_it_is_set()
    {
        const ulong year = 31_536_000ul * 1_000_000_000;
        using GuestRig rig = new(Spin, static _ => true);
        ulong first = rig.Vm.GetClock();
        Assert.InRange(first, 0ul, year);
        Assert.InRange(rig.Vm.GetClock(), first, year);
        rig.Vm.SetClock(2 * year);
        Assert.InRange(rig.Vm.GetClock(), 2 * year, 3 * year);
        rig.Vm.SetClock(first);
        Assert.InRange(rig.Vm.GetClock(), first, year);
    }

    [KvmFact]
    public void Guest_without_kvmclock_cannot_be_told_of_a_pause()
    {
        using GuestRig rig = new GuestRig(Spin, static _ => true).Start();
        rig.Pause();
        Assert.False(rig.Thread.Invoke(static vcpu => vcpu.NotifyPaused()));
        rig.Thread.Resume();
        rig.Stop();
    }

    [KvmFact]
    public void Guest_with_kvmclock_finds_the_pause_in_its_clock_page()
    {
        const uint systemTimeNew = 0x4B56_4D01; // MSR_KVM_SYSTEM_TIME_NEW: the page's address, and bit 0 for on
        const ulong page = 0x5000;
        const ulong flags = page + 29; // of struct pvclock_vcpu_time_info
        const byte guestStopped = 2;
        using GuestRig rig = new(Spin, static _ => true);
        rig.Vcpu.SetMsrs([new kvm_msr_entry { index = systemTimeNew, data = page | 1 }]);
        rig.Start();
        rig.Pause();
        Assert.True(rig.Thread.Invoke(static vcpu => vcpu.NotifyPaused()));
        rig.Thread.Resume();
        Assert.True(SpinWait.SpinUntil(() => (rig.Memory.Read<byte>(new GuestAddress(flags)) & guestStopped) != 0, Patience.Long), "The guest was not told.");
        rig.Stop();
    }

    [KvmFact]
    public void Time_stamp_counter_has_a_frequency()
    {
        using GuestRig rig = new(Spin, static _ => true);
        Assert.InRange(rig.Vcpu.GetTscKilohertz(), 100_000, 100_000_000);
    }
}
