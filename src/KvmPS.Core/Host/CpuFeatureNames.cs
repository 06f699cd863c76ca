using KvmPS.Native.Interop;

namespace KvmPS.Core.Host;

/// <summary>The CPUID bit of a feature.</summary>
/// <param name="Leaf">EAX at the call.</param>
/// <param name="Index">ECX at the call.</param>
/// <param name="Register">The register of the answer: a, b, c or d.</param>
/// <param name="Bit">0 to 31.</param>
public readonly record struct CpuFeatureBit(uint Leaf, uint Index, char Register, int Bit)
{
    /// <summary>Whether an answer is the one that holds the bit.</summary>
    public bool IsIn(in kvm_cpuid_entry2 leaf) => leaf.function == Leaf && leaf.index == Index;

    /// <summary>Whether the bit is set in the answer that holds it.</summary>
    public bool IsSet(in kvm_cpuid_entry2 leaf) => (RegisterOf(leaf) >> Bit & 1) != 0;

    /// <summary>Clears the bit in the answer that holds it.</summary>
    public void Clear(ref kvm_cpuid_entry2 leaf)
    {
        uint rest = RegisterOf(leaf) & ~(1u << Bit);
        switch (Register)
        {
            case 'a': leaf.eax = rest; break;
            case 'b': leaf.ebx = rest; break;
            case 'c': leaf.ecx = rest; break;
            default: leaf.edx = rest; break;
        }
    }

    private uint RegisterOf(in kvm_cpuid_entry2 leaf) => Register switch { 'a' => leaf.eax, 'b' => leaf.ebx, 'c' => leaf.ecx, _ => leaf.edx };
}

/// <summary>The names of CPUID feature bits, as /proc/cpuinfo writes them [sdm 2A CPUID].</summary>
public static class CpuFeatureNames
{
    private static readonly (uint Leaf, uint Index, char Register, string Names)[] Table =
    [
        (0x1, 0, 'd', "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe"),
        (0x1, 0, 'c', "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave osxsave avx f16c rdrand hypervisor"),
        (0x7, 0, 'b', "fsgsbase tsc_adjust sgx bmi1 hle avx2 fdp_excptn_only smep bmi2 erms invpcid rtm cqm zero_fcs_fds mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl"),
        (0x7, 0, 'c', "prefetchwt1 avx512vbmi umip pku ospke waitpkg avx512_vbmi2 shstk gfni vaes vpclmulqdq avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 - - - - - rdpid key_locker bus_lock_detect cldemote - movdiri movdir64b enqcmd sgx_lc pks"),
        (0x7, 0, 'd', "- - avx512_4vnniw avx512_4fmaps fsrm - - - avx512_vp2intersect - md_clear - - - serialize - tsxldtrk - pconfig arch_lbr ibt - amx_bf16 avx512_fp16 amx_tile amx_int8 - - flush_l1d arch_capabilities"),
        (0x7, 1, 'a', "- - - - avx_vnni avx512_bf16"),
        (0xD, 1, 'a', "xsaveopt xsavec xgetbv1 xsaves"),
        (0x80000001, 0, 'c', "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext"),
        (0x80000001, 0, 'd', "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow"),
    ];

    private static readonly Dictionary<string, CpuFeatureBit> Bits = Index();

    /// <summary>All names that are known, in alphabetical order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Bits.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Where a feature is found; false for a name that is not known. Case makes no difference.</summary>
    public static bool TryFind(string name, out CpuFeatureBit bit) => Bits.TryGetValue(name, out bit);

    /// <summary>The features that a set of leaves offers, in alphabetical order.</summary>
    public static IReadOnlyList<string> In(IReadOnlyList<kvm_cpuid_entry2> leaves) => [.. All.Where(name => IsOffered(leaves, Bits[name]))];

    /// <summary>Whether a set of leaves offers a feature.</summary>
    public static bool IsOffered(IReadOnlyList<kvm_cpuid_entry2> leaves, CpuFeatureBit bit) => leaves.Any(leaf => bit.IsIn(leaf) && bit.IsSet(leaf));

    private static Dictionary<string, CpuFeatureBit> Index()
    {
        var index = new Dictionary<string, CpuFeatureBit>(StringComparer.OrdinalIgnoreCase);
        foreach ((uint leaf, uint subleaf, char register, string words) in Table)
        {
            string[] names = words.Split(' ');
            for (int bit = 0; bit < names.Length; bit++)
            {
                if (names[bit] != "-") index.Add(names[bit], new CpuFeatureBit(leaf, subleaf, register, bit));
            }
        }

        return index;
    }
}
