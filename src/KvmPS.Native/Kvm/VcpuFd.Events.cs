using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>What befalls a vCPU from outside: NMIs, pending events, time.</summary>
public sealed unsafe partial class VcpuFd
{
    /// <summary>
    /// Queues a non-maskable interrupt [kvm-api 4.64]. It goes past the local APIC: whoever plays the NMI wire of a PC looks first whether LINT1 lets it through.
    /// </summary>
    public void InjectNmi() => Ioctl(KVM_NMI);

    /// <summary>
    /// Tells the guest that it was paused by its host, before it goes on: its watchdogs then do not take the gap for a hang [kvm-api 4.70].
    /// False when this vCPU's guest has no kvmclock switched on (EINVAL), through which it would be told: nothing is wrong, and nothing else can be done.
    /// </summary>
    public bool NotifyPaused()
    {
        try
        {
            Ioctl(KVM_KVMCLOCK_CTRL);
            return true;
        }
        catch (KvmException failure) when (failure.Errno == Errno.EINVAL)
        {
            return false;
        }
    }

    /// <summary>Exceptions, interrupts and NMIs that the vCPU has yet to take [kvm-api 4.31].</summary>
    public kvm_vcpu_events GetEvents()
    {
        kvm_vcpu_events events = default;
        Ioctl(KVM_GET_VCPU_EVENTS, ref events);
        return events;
    }

    /// <summary>Sets them [kvm-api 4.32]; <see cref="kvm_vcpu_events.flags"/> says which of the optional ones count.</summary>
    public void SetEvents(kvm_vcpu_events events) => Ioctl(KVM_SET_VCPU_EVENTS, ref events);

    /// <summary>The frequency of the vCPU's time stamp counter in kHz [kvm-api 4.56].</summary>
    /// <exception cref="KvmException">EIO: the host's counter is not steady.</exception>
    public int GetTscKilohertz() => Ioctl(KVM_GET_TSC_KHZ);
}
