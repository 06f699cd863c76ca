using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Tests.Guests;
using Xunit;

namespace KvmPS.Tests.Machine;

/// <summary>Host CPUs for vCPUs, and RAM beyond the host's reach: refused before anything starts.</summary>
[Collection(nameof(ExclusiveCollection))]
public class VcpuPlacementTests
{
    private static MachineConfig Config(int vcpus, params int[] affinity) =>
        GuestMachine.Config(GuestProgram.Boot("spin")) with { InterruptController = vcpus > 1, VcpuCount = vcpus, VcpuAffinity = affinity };

    [Fact]
    public void None_one_or_one_for_each()
    {
        int cpu = HostCpuSet.OfProcess()[0];
        VcpuPlacement.Check(Config(3));
        VcpuPlacement.Check(Config(3, cpu));
        VcpuPlacement.Check(Config(3, cpu, cpu, cpu));
        Assert.Null(VcpuPlacement.For(Config(3), 2));
        Assert.Equal(5, VcpuPlacement.For(Config(3, 5), 2));
        Assert.Equal(7, VcpuPlacement.For(Config(3, 5, 6, 7), 2));
        var error = Assert.Throws<HostLimitException>(() => VcpuPlacement.Check(Config(3, cpu, cpu)));
        Assert.Equal("Machine 'test' has 3 vCPUs and 2 host CPUs to run them on: give one for all, or one for each.", error.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8_000)]
    [InlineData(int.MaxValue)]
    public void CPU_that_is_not_there_is_named(int cpu)
    {
        using var machine = new VirtualMachine(Config(1, cpu));
        var error = Assert.Throws<HostLimitException>(machine.Start);
        Assert.StartsWith($"No vCPU can run on host CPU {cpu}: this process may use {VcpuPlacement.Ranges(HostCpuSet.OfProcess())} of the host's CPUs", error.Message, StringComparison.Ordinal);
        Assert.Equal((MachineState.Off, 0), (machine.State, machine.Runs));
    }

    [Theory]
    [InlineData(new int[0], "")]
    [InlineData(new[] { 3 }, "3")]
    [InlineData(new[] { 0, 1 }, "0-1")]
    [InlineData(new[] { 0, 2, 3, 4, 8 }, "0,2-4,8")]
    public void CPUs_are_written_as_Linux_writes_them(int[] cpus, string text) => Assert.Equal(text, VcpuPlacement.Ranges(cpus));

    [KvmFact]
    public void Each_vCPU_runs_where_it_should()
    {
        IReadOnlyList<int> cpus = HostCpuSet.OfProcess();
        using var machine = new VirtualMachine(Config(2, cpus[^1], cpus[0]));
        machine.Start();
        Assert.Equal($"{cpus[^1]} {cpus[0]}", string.Join(' ', machine.Vcpus.Select(Place)));
        machine.TurnOff();
    }

    [KvmFact]
    public void Memory_options_reach_the_machine()
    {
        using var machine = new VirtualMachine(Config(1) with { HugePages = true, Prefault = true, MemoryBytes = 64 << 20 });
        machine.Start();
        machine.TurnOff();
        using var greedy = new VirtualMachine(Config(1) with { Prefault = true, MemoryBytes = 64ul << 40 });
        Assert.Equal("ENOMEM", Assert.Throws<KvmException>(greedy.Start).ErrnoName);
        Assert.Equal(MachineState.Off, greedy.State);
    }

    private static string Place(VcpuThread vcpu)
    {
        const string key = "Cpus_allowed_list:";
        int thread = vcpu.Invoke(_ => vcpu.ThreadId);
        return File.ReadLines($"/proc/self/task/{thread}/status").First(static line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();
    }
}
