using KvmPS.Core.Cpu;
using KvmPS.Core.Host;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Cpu;

public sealed class CpuFeatureMaskTests
{
    /// <summary>A CPU that has every feature that has a name, with state components as Intel places them.</summary>
    private static kvm_cpuid_entry2[] Everything =>
    [
        Leaf(1, 0, uint.MaxValue),
        Leaf(7, 0, uint.MaxValue),
        Leaf(7, 1, uint.MaxValue),
        new() { function = 0xD, index = 0, eax = 0x602E7, ebx = 576, ecx = 11008, edx = 0 },
        Leaf(0xD, 1, 0xF),
        new() { function = 0xD, index = 2, eax = 256, ebx = 576 },
        new() { function = 0xD, index = 5, eax = 64, ebx = 1088 },
        new() { function = 0xD, index = 6, eax = 512, ebx = 1152 },
        new() { function = 0xD, index = 7, eax = 1024, ebx = 1664 },
        new() { function = 0xD, index = 9, eax = 8, ebx = 2688 },
        new() { function = 0xD, index = 11, eax = 16, ebx = 0, ecx = 1 },
        Leaf(0x80000001, 0, uint.MaxValue),
    ];

    [Fact]
    public void A_hidden_feature_is_gone_and_the_others_stay()
    {
        kvm_cpuid_entry2[] leaves = Apply("-x2apic");
        Assert.Equal(["x2apic"], CpuFeatureNames.In(Everything).Except(CpuFeatureNames.In(leaves), StringComparer.Ordinal));
    }

    [Fact]
    public void What_needs_a_hidden_feature_goes_with_it()
    {
        IReadOnlyList<string> left = CpuFeatureNames.In(Apply("-avx"));
        Assert.DoesNotContain(left, static name => name.StartsWith("avx", StringComparison.Ordinal) || name is "fma" or "f16c" or "vaes" or "vpclmulqdq");
        Assert.Contains("xsave", left);
        Assert.Contains("sse4_2", left);
    }

    [Fact]
    public void Without_XSAVE_nothing_enumerates_its_state()
    {
        kvm_cpuid_entry2[] leaves = Apply("-xsave");
        Assert.All(leaves.Where(static leaf => leaf.function == 0xD), static leaf => Assert.Equal((0u, 0u, 0u, 0u), (leaf.eax, leaf.ebx, leaf.ecx, leaf.edx)));
        IReadOnlyList<string> left = CpuFeatureNames.In(leaves);
        foreach (string name in new[] { "osxsave", "avx", "avx512f", "pku", "xsaves", "amx_tile", "amx_int8" }) Assert.DoesNotContain(name, left);
    }

    [Fact]
    public void Without_AVX512_its_state_is_gone_and_the_area_ends_before_what_is_left()
    {
        kvm_cpuid_entry2[] leaves = Apply("-avx512f", "-pku", "-amx_tile");
        kvm_cpuid_entry2 main = leaves.Single(static leaf => leaf is { function: 0xD, index: 0 });
        Assert.Equal((0x7u, 576u + 256u), (main.eax, main.ecx));
        Assert.All(leaves.Where(static leaf => leaf is { function: 0xD, index: 5 or 6 or 7 or 9 }), static leaf => Assert.Equal(0u, leaf.eax));
        Assert.Equal(16u, leaves.Single(static leaf => leaf is { function: 0xD, index: 11 }).eax);
    }

    [Fact]
    public void AMDs_second_copy_of_a_bit_is_cleared_as_well()
    {
        kvm_cpuid_entry2 extended = Apply("-fxsr").Single(static leaf => leaf.function == 0x80000001);
        Assert.Equal(0u, extended.edx & (1u << 24));
        Assert.NotEqual(0u, extended.edx & (1u << 29)); // lm
    }

    [Theory]
    [InlineData("cx16", "-cx16")]
    [InlineData("-xsav", "-xsave")]
    [InlineData("+avx3", "+avx")]
    [InlineData("-", "")]
    [InlineData("", "")]
    [InlineData("- cx16", "-cx16")]
    public void A_name_that_is_not_known_is_refused_and_near_names_are_told(string wish, string near)
    {
        var error = Assert.Throws<CpuFeatureException>(() => CpuFeatureMask.Parse([wish]));
        Assert.Equal(CpuFeatureProblem.Unknown, error.Problem);
        if (near.Length == 0) Assert.Empty(error.NearNames);
        else Assert.Contains(near, error.NearNames);
    }

    [Theory]
    [InlineData("-avx2", "+avx2")]
    [InlineData("+avx2", "-xsave")]
    [InlineData("-apic", "+x2apic")]
    public void Wishes_that_contradict_each_other_are_refused(string first, string second)
    {
        foreach (string[] wishes in new[] { new[] { first, second }, [second, first] })
            Assert.Equal(CpuFeatureProblem.Contradictory, Assert.Throws<CpuFeatureException>(() => CpuFeatureMask.Parse(wishes)).Problem);
    }

    [Fact]
    public void Names_are_taken_whatever_their_case() => Assert.Equal(["x2apic"], CpuFeatureMask.Parse(["-X2APIC"]).Hidden);

    [Fact]
    public void What_is_wanted_must_be_offered()
    {
        kvm_cpuid_entry2[] offered = [new() { function = 1, ecx = 1 << 21 }];
        CpuFeatureMask.Parse(["+x2apic", "-avx"]).RequireOffered(offered);
        var error = Assert.Throws<CpuFeatureException>(() => CpuFeatureMask.Parse(["+apic"]).RequireOffered(offered));
        Assert.Equal(CpuFeatureProblem.NotOffered, error.Problem);
        Assert.Equal(["x2apic"], error.NearNames);
    }

    [Fact]
    public void Every_dependent_has_a_name_that_is_known() =>
        Assert.All(CpuFeatureNames.All.SelectMany(CpuFeatureNeeds.WithDependents), static name => Assert.True(CpuFeatureNames.TryFind(name, out _), name));

    private static kvm_cpuid_entry2 Leaf(uint function, uint index, uint value) => new() { function = function, index = index, eax = value, ebx = value, ecx = value, edx = value };

    private static kvm_cpuid_entry2[] Apply(params string[] wishes)
    {
        kvm_cpuid_entry2[] leaves = Everything;
        CpuFeatureMask.Parse(wishes).Apply(leaves);
        return leaves;
    }
}
