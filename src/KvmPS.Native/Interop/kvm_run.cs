using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary>The details of an internal error in <see cref="kvm_run"/>.</summary>
[InlineArray(16)]
internal struct kvm_run_internal_data
{
    private ulong _word;
}

/// <summary>
/// <c>struct kvm_run</c>, the page that the kernel and a vCPU thread share [kvm-api 5]. The members of its union are laid over each
/// other by offset and carry the union arm as a prefix.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 2352)]
internal struct kvm_run
{
    [FieldOffset(0)] public byte request_interrupt_window;
    [FieldOffset(1)] public byte immediate_exit;
    [FieldOffset(8)] public uint exit_reason;
    [FieldOffset(12)] public byte ready_for_interrupt_injection;
    [FieldOffset(13)] public byte if_flag;
    [FieldOffset(14)] public ushort flags;
    [FieldOffset(16)] public ulong cr8;
    [FieldOffset(24)] public ulong apic_base;

    [FieldOffset(32)] public ulong hw__hardware_exit_reason;
    [FieldOffset(32)] public ulong fail_entry__hardware_entry_failure_reason;
    [FieldOffset(40)] public uint fail_entry__cpu;
    [FieldOffset(32)] public byte io__direction;
    [FieldOffset(33)] public byte io__size;
    [FieldOffset(34)] public ushort io__port;
    [FieldOffset(36)] public uint io__count;
    [FieldOffset(40)] public ulong io__data_offset;
    [FieldOffset(32)] public ulong mmio__phys_addr;
    [FieldOffset(40)] public ulong mmio__data;
    [FieldOffset(48)] public uint mmio__len;
    [FieldOffset(52)] public byte mmio__is_write;
    [FieldOffset(32)] public uint @internal__suberror;
    [FieldOffset(36)] public uint @internal__ndata;
    [FieldOffset(40)] public kvm_run_internal_data @internal__data;
    [FieldOffset(32)] public uint system_event__type;

    [FieldOffset(288)] public ulong kvm_valid_regs;
    [FieldOffset(296)] public ulong kvm_dirty_regs;
    [FieldOffset(304)] public kvm_regs s__regs__regs;
    [FieldOffset(448)] public kvm_sregs s__regs__sregs;
}
