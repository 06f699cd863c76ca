using System.Globalization;
using KvmPS.Core.Cpu;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>CPU features as a guest sees them.</summary>
[Collection(nameof(GuestCollection))]
public sealed class CpuFeatureTests
{
    /// <summary>Features that a guest in ring 0 reads as KVM was told them on every kind of host; each has its bit in ECX of leaf 1.</summary>
    private static readonly (string Name, int Bit)[] Hideable = [("cx16", 13), ("x2apic", 21), ("hypervisor", 31)];

    [KvmTheory]
    [InlineData("cx16")]
    [InlineData("x2apic")]
    [InlineData("hypervisor")]
    public void A_guest_does_not_see_what_is_hidden(string name)
    {
        uint all = FeaturesWith();
        uint masked = FeaturesWith("-" + name);
        uint bit = 1u << Hideable.Single(feature => feature.Name == name).Bit;
        Assert.Equal(bit, all & bit);
        Assert.Equal(all & ~bit, masked);
    }

    [KvmFact]
    public void A_guest_sees_what_is_insisted_on() => Assert.NotEqual(0u, FeaturesWith("+x2apic", "-cx16") & (1u << 21));

    [KvmFact]
    public void A_machine_that_cannot_have_a_feature_is_refused_before_and_at_its_start()
    {
        // Neither SMX nor this machine's own MONITOR is ever offered to a guest.
        MachineConfig config = GuestMachine.Config(GuestProgram.Boot("cpuid")) with { CpuFeatures = ["+smx"] };
        Assert.Equal(CpuFeatureProblem.NotOffered, Assert.Throws<CpuFeatureException>(() => CpuFeatures.Check(config)).Problem);
        Assert.Throws<CpuFeatureException>(() => CpuFeatures.Check(config with { CpuFeatures = ["+monitor"] }));
        using var machine = new VirtualMachine(config);
        Assert.Throws<CpuFeatureException>(machine.Start);
        Assert.Equal(MachineState.Off, machine.State);
    }

    /// <summary>ECX of leaf 1 in a guest.</summary>
    private static uint FeaturesWith(params string[] wishes)
    {
        using var machine = new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("cpuid")) with { CpuFeatures = wishes });
        Assert.Equal(ExitReason.DebugExit, machine.Run().Reason);
        string[] first = machine.Console().Split('\n')[0].Split(' ');
        Assert.Equal("00000001.00000000", first[0]);
        return uint.Parse(first[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
