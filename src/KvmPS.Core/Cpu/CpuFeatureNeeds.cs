namespace KvmPS.Core.Cpu;

/// <summary>
/// Which CPU features need which: one that is hidden takes along all that cannot work without it. From the conditions that
/// [sdm 1 §11-§18] states for each extension, and the state components of XSAVE [sdm 1 §13.1].
/// </summary>
internal static class CpuFeatureNeeds
{
    /// <summary>What the first one is needed by.</summary>
    private static readonly (string Feature, string NeededBy)[] Table =
    [
        ("fxsr", "sse fxsr_opt"),
        ("sse", "sse2 sse4a misalignsse"),
        ("sse2", "pni aes pclmulqdq sha_ni gfni"),
        ("pni", "ssse3"),
        ("ssse3", "sse4_1"),
        ("sse4_1", "sse4_2"),
        ("xsave", "osxsave xsaveopt xsavec xgetbv1 xsaves avx pku mpx amx_tile"),
        ("xsavec", "xsaves"),
        ("avx", "avx2 fma f16c xop fma4 vaes vpclmulqdq avx_vnni"),
        ("avx2", "avx512f"),
        ("avx512f", "avx512dq avx512ifma avx512pf avx512er avx512cd avx512bw avx512vl avx512_vpopcntdq avx512_4vnniw avx512_4fmaps avx512_vnni avx512_vp2intersect"),
        ("avx512bw", "avx512vbmi avx512_vbmi2 avx512_bitalg avx512_bf16 avx512_fp16"),
        ("amx_tile", "amx_bf16 amx_int8"),
        ("pku", "ospke"),
        ("apic", "x2apic tsc_deadline_timer"),
        ("mmx", "3dnow mmxext"),
        ("3dnow", "3dnowext"),
        ("pae", "nx lm"),
        ("lm", "la57 pcid"),
    ];

    private static readonly Dictionary<string, string[]> NeededBy = Table.ToDictionary(static row => row.Feature, static row => row.NeededBy.Split(' '), StringComparer.Ordinal);

    /// <summary>A feature, and all that needs it, directly or not.</summary>
    public static IEnumerable<string> WithDependents(string feature)
    {
        yield return feature;
        foreach (string dependent in NeededBy.GetValueOrDefault(feature, []))
        {
            foreach (string further in WithDependents(dependent)) yield return further;
        }
    }
}
