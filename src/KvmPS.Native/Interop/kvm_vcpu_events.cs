using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct kvm_vcpu_events</c>: exceptions, interrupts and NMIs that a vCPU has yet to take [kvm-api 4.31].</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct kvm_vcpu_events
{
    [FieldOffset(0)] public byte exception__injected;
    [FieldOffset(1)] public byte exception__nr;
    [FieldOffset(2)] public byte exception__has_error_code;
    [FieldOffset(3)] public byte exception__pending;
    [FieldOffset(4)] public uint exception__error_code;
    [FieldOffset(8)] public byte interrupt__injected;
    [FieldOffset(9)] public byte interrupt__nr;
    [FieldOffset(10)] public byte interrupt__soft;
    [FieldOffset(11)] public byte interrupt__shadow;
    [FieldOffset(12)] public byte nmi__injected;
    [FieldOffset(13)] public byte nmi__pending;
    [FieldOffset(14)] public byte nmi__masked;
    [FieldOffset(16)] public uint sipi_vector;
    [FieldOffset(20)] public uint flags;
    [FieldOffset(24)] public byte smi__smm;
    [FieldOffset(25)] public byte smi__pending;
    [FieldOffset(26)] public byte smi__smm_inside_nmi;
    [FieldOffset(27)] public byte smi__latched_init;
    [FieldOffset(28)] public byte triple_fault__pending;
    [FieldOffset(55)] public byte exception_has_payload;
    [FieldOffset(56)] public ulong exception_payload;
}
