using System.Diagnostics;
using KvmPS.Bench.Benches;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Measuring;

/// <summary>One whole run of a machine, ours or a peer's.</summary>
/// <param name="Seconds">From start to end.</param>
/// <param name="Cpu">What the host spent on it.</param>
internal readonly record struct Sample(double Seconds, CpuUse Cpu)
{
    /// <summary>A program that was the machine.</summary>
    public static Sample Of(Child child) => new(child.Seconds, child.Cpu);

    /// <summary>Runs a machine in this process.</summary>
    /// <param name="config">The machine.</param>
    /// <param name="end">How it has to end.</param>
    /// <exception cref="BenchNotPossibleException">It ended otherwise.</exception>
    public static Sample Of(MachineConfig config, ExitReason end)
    {
        using var machine = new VirtualMachine(config);
        CpuUse before = CpuUse.OfThisProcess();
        long start = Stopwatch.GetTimestamp();
        machine.Start();
        machine.WaitFor(static state => state != MachineState.Running, Timeout.InfiniteTimeSpan, CancellationToken.None);
        var sample = new Sample(Stopwatch.GetElapsedTime(start).TotalSeconds, CpuUse.OfThisProcess() - before);
        return machine.LastExit?.Reason == end ? sample : throw new BenchNotPossibleException($"the guest ended otherwise: {machine.LastExit?.Message}");
    }
}
