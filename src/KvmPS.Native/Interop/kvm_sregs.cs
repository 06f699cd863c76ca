using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct kvm_segment</c>: a segment register with its hidden part [kvm-api 4.13].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct kvm_segment
{
    public ulong @base;
    public uint limit;
    public ushort selector;
    public byte type;
    public byte present, dpl, db, s, l, g, avl;
    public byte unusable;
    public byte padding;
}

/// <summary><c>struct kvm_dtable</c>: a descriptor table register.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct kvm_dtable
{
    public ulong @base;
    public ushort limit;
    public ushort padding0, padding1, padding2;
}

/// <summary>The bitmap of a pending external interrupt in <see cref="kvm_sregs"/>.</summary>
[InlineArray(4)]
public struct kvm_interrupt_bitmap
{
    private ulong _word;
}

/// <summary><c>struct kvm_sregs</c>: segments, control registers and the pending interrupt [kvm-api 4.13].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct kvm_sregs
{
    public kvm_segment cs, ds, es, fs, gs, ss;
    public kvm_segment tr, ldt;
    public kvm_dtable gdt, idt;
    public ulong cr0, cr2, cr3, cr4, cr8;
    public ulong efer;
    public ulong apic_base;
    public kvm_interrupt_bitmap interrupt_bitmap;
}
