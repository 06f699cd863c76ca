using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>Leaf 0xD, which enumerates the state components of XSAVE and their places in its area [sdm 1 §13.2].</summary>
internal static class XsaveLeaves
{
    private const uint Leaf = 0xD;
    private const uint LegacyAndHeader = 576;

    /// <summary>Which components belong to which feature, as bits of XCR0 [sdm 1 §13.1].</summary>
    private static readonly (string Feature, ulong Components)[] Table =
    [
        ("avx", 1ul << 2),
        ("mpx", 3ul << 3),
        ("avx512f", 7ul << 5),
        ("pku", 1ul << 9),
        ("amx_tile", 3ul << 17),
    ];

    /// <summary>Takes the components of hidden features out, and all of them when XSAVE itself is hidden.</summary>
    public static void Restrict(Span<kvm_cpuid_entry2> leaves, IReadOnlySet<string> hidden)
    {
        ulong gone = hidden.Contains("xsave") ? ulong.MaxValue : 0;
        foreach ((string feature, ulong components) in Table)
        {
            if (hidden.Contains(feature)) gone |= components;
        }

        if (gone == 0) return;
        uint size = LegacyAndHeader;
        foreach (ref kvm_cpuid_entry2 leaf in leaves)
        {
            if (leaf.function != Leaf || leaf.index < 2) continue;
            bool isGone = leaf.index > 63 || (gone >> (int)leaf.index & 1) != 0;
            if (isGone) leaf.eax = leaf.ebx = leaf.ecx = leaf.edx = 0;
            else if ((leaf.ecx & 1) == 0) size = Math.Max(size, unchecked(leaf.ebx + leaf.eax)); // bit 0: a supervisor's, which has no fixed place
        }

        foreach (ref kvm_cpuid_entry2 leaf in leaves)
        {
            if (leaf.function != Leaf || leaf.index > 1) continue;
            if (gone == ulong.MaxValue)
            {
                leaf.eax = leaf.ebx = leaf.ecx = leaf.edx = 0;
                continue;
            }

            if (leaf.index == 0) (leaf.eax, leaf.ecx, leaf.edx) = (leaf.eax & (uint)~gone, size, leaf.edx & (uint)(~gone >> 32));
        }
    }
}
