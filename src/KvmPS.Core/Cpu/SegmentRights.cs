using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>The access rights of a segment in one number, as VMX keeps them [sdm 3C §25.4.1]: type, S, DPL, P, AVL, L, D/B, G, unusable.</summary>
public static class SegmentRights
{
    /// <summary>How many bits there are, with the reserved ones in between.</summary>
    public const int Bits = 17;

    /// <summary>The access rights of a segment.</summary>
    public static uint Pack(in kvm_segment segment) =>
        segment.type | ((uint)segment.s << 4) | ((uint)segment.dpl << 5) | ((uint)segment.present << 7) | ((uint)segment.avl << 12)
            | ((uint)segment.l << 13) | ((uint)segment.db << 14) | ((uint)segment.g << 15) | ((uint)segment.unusable << 16);

    /// <summary>What they say in words, such as <c>code64 RX DPL0</c>.</summary>
    public static string Describe(in kvm_segment segment)
    {
        if (segment.unusable != 0 || segment.present == 0) return "unusable";
        return $"{Kind(segment)} DPL{segment.dpl}";
    }

    internal static void Unpack(ref kvm_segment segment, uint rights)
    {
        segment.type = (byte)(rights & 0xF);
        segment.s = Bit(rights, 4);
        segment.dpl = (byte)(rights >> 5 & 3);
        segment.present = Bit(rights, 7);
        segment.avl = Bit(rights, 12);
        segment.l = Bit(rights, 13);
        segment.db = Bit(rights, 14);
        segment.g = Bit(rights, 15);
        segment.unusable = Bit(rights, 16);
    }

    /// <summary>Code or data with what is allowed, or the kind of a system segment [sdm 3A §3.4.5.1, §3.5].</summary>
    private static string Kind(in kvm_segment segment)
    {
        if (segment.s == 0)
        {
            return segment.type switch
            {
                0x1 => "TSS16",
                0x2 => "LDT",
                0x3 => "TSS16 busy",
                0x9 => "TSS",
                0xB => "TSS busy",
                _ => $"system {segment.type}",
            };
        }

        bool isCode = (segment.type & 8) != 0;
        bool second = (segment.type & 2) != 0; // code: readable; data: writable
        if (!isCode) return second ? "data RW" : "data R";
        return $"code{(segment.l != 0 ? 64 : segment.db != 0 ? 32 : 16)} {(second ? "RX" : "X")}";
    }

    private static byte Bit(uint rights, int bit) => (byte)(rights >> bit & 1);
}
