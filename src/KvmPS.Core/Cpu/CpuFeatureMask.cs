using KvmPS.Core.Host;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>
/// What a machine wants otherwise about its CPU's features: <c>-avx2</c> hides a feature and all that needs it, <c>+x2apic</c> insists on one
/// that KVM must then offer. Features that nobody names are as KVM offers them.
/// </summary>
public sealed class CpuFeatureMask
{
    /// <summary>The bits of leaf 1 EDX that AMD's leaf 0x80000001 EDX repeats at the same places; reserved and zero elsewhere.</summary>
    private const uint RepeatedByAmd = 0x0183_F3FF;

    private readonly SortedSet<string> _hidden = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _wanted = new(StringComparer.Ordinal);

    private CpuFeatureMask()
    {
    }

    /// <summary>The features that are hidden, those that need a hidden one included, in alphabetical order.</summary>
    public IReadOnlyCollection<string> Hidden => _hidden;

    /// <summary>The features that must be there, in alphabetical order.</summary>
    public IReadOnlyCollection<string> Wanted => _wanted;

    /// <summary>Reads wishes: names of /proc/cpuinfo, each with a sign in front.</summary>
    /// <exception cref="CpuFeatureException">A name is not known or has no sign, or two wishes contradict each other.</exception>
    public static CpuFeatureMask Parse(IReadOnlyList<string> wishes)
    {
        var mask = new CpuFeatureMask();
        foreach (string wish in wishes)
        {
            string name = NameIn(wish);
            if (wish[0] == '+') mask._wanted.Add(name);
            else mask._hidden.UnionWith(CpuFeatureNeeds.WithDependents(name));
        }

        if (mask._wanted.FirstOrDefault(mask._hidden.Contains) is { } both)
        {
            throw new CpuFeatureException(
                CpuFeatureProblem.Contradictory, $"The CPU feature '{both}' is asked for with '+{both}', and hidden, either itself or with a feature that it needs.", []);
        }

        return mask;
    }

    /// <summary>Checks that all that is wanted is there.</summary>
    /// <param name="offered">The answers that a vCPU of the machine would get without the mask.</param>
    /// <exception cref="CpuFeatureException">Something is not.</exception>
    public void RequireOffered(IReadOnlyList<kvm_cpuid_entry2> offered)
    {
        foreach (string name in _wanted)
        {
            CpuFeatureNames.TryFind(name, out CpuFeatureBit bit);
            if (CpuFeatureNames.IsOffered(offered, bit)) continue;
            throw new CpuFeatureException(
                CpuFeatureProblem.NotOffered, $"KVM on this host does not offer the CPU feature '{name}' to this machine.", NearNames.Of(name, CpuFeatureNames.In(offered)));
        }
    }

    /// <summary>Clears the bits of hidden features, and what enumerates their state.</summary>
    public void Apply(Span<kvm_cpuid_entry2> leaves)
    {
        if (_hidden.Count == 0) return;
        foreach (string name in _hidden)
        {
            CpuFeatureNames.TryFind(name, out CpuFeatureBit bit);
            foreach (ref kvm_cpuid_entry2 leaf in leaves)
            {
                if (bit.IsIn(leaf)) bit.Clear(ref leaf);
                if (bit is { Leaf: 1, Register: 'd' } && leaf.function == 0x80000001) leaf.edx &= ~(1u << bit.Bit & RepeatedByAmd);
            }
        }

        XsaveLeaves.Restrict(leaves, _hidden);
    }

    private static string NameIn(string wish)
    {
        bool isSigned = wish.Length > 0 && wish[0] is '+' or '-';
        string name = isSigned ? wish[1..] : wish;
        if (isSigned && CpuFeatureNames.TryFind(name, out _)) return CpuFeatureNames.All.First(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

        string rule = isSigned ? $"'{name}' is no CPU feature that has a name in /proc/cpuinfo." : $"The CPU feature '{wish}' needs a sign in front: - to hide it, + to insist on it.";
        string sign = isSigned ? wish[..1] : "-";
        throw new CpuFeatureException(CpuFeatureProblem.Unknown, rule, [.. NearNames.Of(name, CpuFeatureNames.All).Select(near => sign + near)]);
    }
}
