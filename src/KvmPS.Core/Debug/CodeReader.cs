using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Debug;

/// <summary>Reads code as a vCPU sees it: through its code segment and its page tables. On the vCPU's own thread.</summary>
internal static class CodeReader
{
    /// <summary>The most bytes that an instruction has [sdm 2A §2.3.11].</summary>
    public const int LongestInstruction = 15;

    private const ulong PageMask = GuestMemory.PageSize - 1;

    /// <summary>16, 32 or 64, from the code segment the CPU is in.</summary>
    public static int BitnessOf(in kvm_sregs special) => special.cs.l != 0 ? 64 : special.cs.db != 0 ? 32 : 16;

    /// <summary>The linear address of an offset into the code segment; outside 64-bit code it has 32 bits [sdm 3A §3.4].</summary>
    public static ulong LinearOf(in kvm_sregs special, ulong instructionPointer) =>
        special.cs.l != 0 ? instructionPointer : unchecked((uint)(special.cs.@base + instructionPointer));

    /// <summary>The bytes at an instruction pointer. GUEST-CONTROLLED: the address is whatever the guest jumped to; what is no memory ends the read.</summary>
    public static byte[] Read(VcpuFd vcpu, ReadableMemory memory, in kvm_sregs special, ulong instructionPointer, int count)
    {
        byte[] code = new byte[count];
        int length = 0;
        while (length < code.Length)
        {
            ulong linear = LinearOf(special, unchecked(instructionPointer + (ulong)length));
            int rest = (int)Math.Min((ulong)(code.Length - length), (PageMask + 1) - (linear & PageMask));
            if (!TryRead(vcpu, memory, linear, code.AsSpan(length, rest))) break;
            length += rest;
        }

        return code[..length];
    }

    private static bool TryRead(VcpuFd vcpu, ReadableMemory memory, ulong linear, Span<byte> destination) =>
        vcpu.Translate(linear) is { } physical && memory.TryRead(physical, destination);
}
