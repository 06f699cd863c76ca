using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>The non-maskable interrupt of a vCPU.</summary>
public sealed partial class VcpuFd
{
    /// <summary>Makes a non-maskable interrupt pending; the vCPU takes it when it next runs, halted or not [kvm-api 4.64].</summary>
    public void InjectNmi() => Ioctl(KVM_NMI);
}
