using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct kvm_cpuid_entry2</c>: one CPUID leaf [kvm-api 4.20].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct kvm_cpuid_entry2
{
    public uint function;
    public uint index;
    public uint flags;
    public uint eax, ebx, ecx, edx;
    public uint padding0, padding1, padding2;
}

/// <summary><c>struct kvm_msr_entry</c>: one model-specific register and its value [kvm-api 4.18].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct kvm_msr_entry
{
    public uint index;
    public uint reserved;
    public ulong data;
}

/// <summary><c>struct kvm_mp_state</c> [kvm-api 4.38].</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct kvm_mp_state
{
    public uint mp_state;
}

/// <summary><c>struct kvm_translation</c>: a linear address and where the vCPU's page tables put it [kvm-api 4.22].</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct kvm_translation
{
    public ulong linear_address;
    public ulong physical_address;
    public byte valid;
    public byte writeable;
    public byte usermode;
    public byte pad0, pad1, pad2, pad3, pad4;
}
