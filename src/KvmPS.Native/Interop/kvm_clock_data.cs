using System.Runtime.InteropServices;

namespace KvmPS.Native.Interop;

/// <summary><c>struct kvm_clock_data</c> [kvm-api 4.29].</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
internal struct kvm_clock_data
{
    public ulong clock;
    public uint flags;
}
