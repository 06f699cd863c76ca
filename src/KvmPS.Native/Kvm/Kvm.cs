using System.Runtime.InteropServices;
using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary><c>/dev/kvm</c>: what the host offers, and the factory of virtual machines [kvm-api 4.1-4.6].</summary>
public sealed class Kvm : KernelFd
{
    /// <summary>Where Linux puts the device.</summary>
    public const string DevicePath = "/dev/kvm";

    private const int MaximumCpuidEntries = 256;

    private Kvm(int descriptor)
        : base(descriptor)
    {
        try
        {
            ApiVersion = Ioctl(KVM_GET_API_VERSION);
            RunPageSize = Ioctl(KVM_GET_VCPU_MMAP_SIZE);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The version of the interface; 12 on every kernel since 2.6.22.</summary>
    public int ApiVersion { get; }

    /// <summary>Bytes of a vCPU's shared mapping.</summary>
    public int RunPageSize { get; }

    /// <summary>Opens the device.</summary>
    /// <exception cref="KvmException">ENOENT or ENXIO: there is none; EACCES or EPERM: this user may not; EBUSY: another hypervisor has the CPU; ENOTTY: it is not KVM.</exception>
    public static Kvm Open(string path = DevicePath)
    {
        int descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC, 0);
        KvmException.ThrowIfFailed(descriptor, $"open({path})");
        return new Kvm(descriptor);
    }

    /// <summary>What KVM answers about a capability: 0 for no, a positive number for yes or how many [kvm-api 4.4].</summary>
    public int CheckExtension(int capability) => Ioctl(KVM_CHECK_EXTENSION, capability);

    /// <summary>A new, empty machine.</summary>
    public VmFd CreateVm() => new(Ioctl(KVM_CREATE_VM), this);

    /// <summary>The CPUID leaves that this host and KVM support together [kvm-api 4.46].</summary>
    public unsafe kvm_cpuid_entry2[] GetSupportedCpuid()
    {
        Span<byte> buffer = new byte[sizeof(ulong) + (MaximumCpuidEntries * sizeof(kvm_cpuid_entry2))];
        MemoryMarshal.Write(buffer, MaximumCpuidEntries);
        // SAFETY: the buffer is pinned for the call and has room for as many entries as its first word says.
        fixed (byte* pointer = buffer) Ioctl(KVM_GET_SUPPORTED_CPUID, (nint)pointer);
        int count = MemoryMarshal.Read<int>(buffer);
        return MemoryMarshal.Cast<byte, kvm_cpuid_entry2>(buffer[sizeof(ulong)..])[..count].ToArray();
    }
}
