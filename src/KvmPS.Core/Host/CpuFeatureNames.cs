using KvmPS.Native.Interop;

namespace KvmPS.Core.Host;

/// <summary>The names of CPUID feature bits, as /proc/cpuinfo writes them [sdm 2A CPUID].</summary>
public static class CpuFeatureNames
{
    private static readonly (uint Leaf, uint Index, char Register, string Names)[] Table =
    [
        (0x1, 0, 'd', "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe"),
        (0x1, 0, 'c', "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave osxsave avx f16c rdrand hypervisor"),
        (0x7, 0, 'b', "fsgsbase tsc_adjust sgx bmi1 hle avx2 fdp_excptn_only smep bmi2 erms invpcid rtm cqm zero_fcs_fds mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl"),
        (0x7, 0, 'c', "prefetchwt1 avx512vbmi umip pku ospke waitpkg avx512_vbmi2 shstk gfni vaes vpclmulqdq avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 - - - - - rdpid key_locker bus_lock_detect cldemote - movdiri movdir64b enqcmd sgx_lc pks"),
        (0x80000001, 0, 'c', "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext"),
        (0x80000001, 0, 'd', "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow"),
    ];

    /// <summary>The features that a set of leaves offers, in alphabetical order.</summary>
    public static IReadOnlyList<string> In(IEnumerable<kvm_cpuid_entry2> leaves)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (kvm_cpuid_entry2 leaf in leaves)
        {
            foreach ((uint function, uint index, char register, string words) in Table)
            {
                if (leaf.function != function || leaf.index != index) continue;
                uint bits = register switch { 'b' => leaf.ebx, 'c' => leaf.ecx, _ => leaf.edx };
                string[] list = words.Split(' ');
                for (int bit = 0; bit < list.Length; bit++)
                {
                    if ((bits >> bit & 1) != 0 && list[bit] != "-") names.Add(list[bit]);
                }
            }
        }

        return [.. names];
    }
}
