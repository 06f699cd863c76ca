using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct kvm_userspace_memory_region</c> [kvm-api 4.35].</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct kvm_userspace_memory_region
{
    public uint slot;
    public uint flags;
    public ulong guest_phys_addr;
    public ulong memory_size;
    public ulong userspace_addr;
}

/// <summary><c>struct kvm_irq_level</c> [kvm-api 4.25].</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct kvm_irq_level
{
    public uint irq;
    public uint level;
}

/// <summary>The reserved words of <see cref="kvm_pit_config"/>.</summary>
[InlineArray(15)]
internal struct kvm_pit_config_pad
{
    private uint _word;
}

/// <summary><c>struct kvm_pit_config</c> [kvm-api 4.71].</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct kvm_pit_config
{
    public uint flags;
    public kvm_pit_config_pad pad;
}
