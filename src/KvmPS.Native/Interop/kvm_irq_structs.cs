using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct kvm_irqfd</c> [kvm-api 4.75].</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal struct kvm_irqfd
{
    public uint fd;
    public uint gsi;
    public uint flags;
    public uint resamplefd;
}

/// <summary><c>struct kvm_ioeventfd</c> [kvm-api 4.59].</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct kvm_ioeventfd
{
    public ulong datamatch;
    public ulong addr;
    public uint len;
    public int fd;
    public uint flags;
}

/// <summary><c>struct kvm_irq_routing</c> without its entries [kvm-api 4.52].</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct kvm_irq_routing
{
    public uint nr;
    public uint flags;
}

/// <summary><c>struct kvm_irq_routing_entry</c>, with the two arms of its union that a PC uses [kvm-api 4.52].</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct kvm_irq_routing_entry
{
    [FieldOffset(0)] public uint gsi;
    [FieldOffset(4)] public uint type;
    [FieldOffset(8)] public uint flags;
    [FieldOffset(16)] public uint u__irqchip__irqchip;
    [FieldOffset(20)] public uint u__irqchip__pin;
    [FieldOffset(16)] public uint u__msi__address_lo;
    [FieldOffset(20)] public uint u__msi__address_hi;
    [FieldOffset(24)] public uint u__msi__data;
}

/// <summary><c>struct kvm_msi</c> [kvm-api 4.71].</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal struct kvm_msi
{
    public uint address_lo;
    public uint address_hi;
    public uint data;
    public uint flags;
}
