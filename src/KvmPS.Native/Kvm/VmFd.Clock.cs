using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>The clock that paravirtual guests read.</summary>
public sealed partial class VmFd
{
    /// <summary>The machine's clock (kvmclock) now, in nanoseconds since it was made [kvm-api 4.29]. It goes on while vCPUs are paused.</summary>
    public ulong GetClock()
    {
        kvm_clock_data data = default;
        Ioctl(KVM_GET_CLOCK, ref data);
        return data.clock;
    }

    /// <summary>
    /// Sets the machine's clock [kvm-api 4.30]. To let a pause pass unseen, set what <see cref="GetClock"/> said when the vCPUs stood, before they go on.
    /// A guest that reads the TSC instead sees the pause all the same.
    /// </summary>
    /// <param name="nanoseconds">The time from which it goes on.</param>
    public void SetClock(ulong nanoseconds)
    {
        var data = new kvm_clock_data { clock = nanoseconds };
        Ioctl(KVM_SET_CLOCK, ref data);
    }
}
