using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Machine;
using KvmPS.Stress;

namespace KvmPS.Bench.Benches;

/// <summary>The child process of <see cref="ChurnBench"/>: machine after machine, each run to its end and removed, and then a look at what is left.</summary>
internal static class ChurnChild
{
    /// <summary>The first argument of a child; the count follows, and <see cref="CreateChild.Irqchip"/> for machines with interrupt controllers.</summary>
    public const string Argument = "--churn-child";

    /// <summary>Machines that are not counted: what the runtime loads, compiles and sets aside once for all.</summary>
    public const int WarmUp = 1000;

    /// <summary>How often the memory is looked at.</summary>
    public const int MemorySamples = 20;

    /// <summary>Makes the machines and prints the figures.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        int count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        bool interruptController = arguments.Length > 2 && arguments[2] == CreateChild.Irqchip;
        var traces = new Traces(2 * count);
        for (int i = 0; i < WarmUp; i++) RunOne(interruptController, traces: null);
        ProcessHoldings before = ProcessHoldings.Now();

        var memory = new List<double>();
        double seconds = 0;
        double cpu = 0;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (int sample = 0; sample < MemorySamples; sample++)
        {
            CpuUse used = CpuUse.OfThisProcess();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count / MemorySamples; i++) RunOne(interruptController, traces);
            seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            cpu += (CpuUse.OfThisProcess() - used).Total;
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true); // or the growth of the collector's own budget would look like a leak
            memory.Add(ProcessHoldings.ResidentBytes());
        }

        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;

        ProcessHoldings after = ProcessHoldings.Now();
        KeyedOutput.Print("us", seconds * 1e6 / count);
        KeyedOutput.Print("cpu", cpu * 1e6 / count);
        KeyedOutput.Print("allocated", (double)allocated / count);
        for (int sample = 0; sample < MemorySamples; sample++) KeyedOutput.Print($"memory{sample}", memory[sample]);
        KeyedOutput.Print("descriptors", after.OpenFiles - before.OpenFiles + after.Descriptors - before.Descriptors);
        KeyedOutput.Print("mappings", after.KvmMappings - before.KvmMappings + after.Mappings - before.Mappings);
        KeyedOutput.Print("threads", after.KvmThreads - before.KvmThreads + after.VcpuThreads - before.VcpuThreads);
        KeyedOutput.Print("objects", traces.Alive().Values.Sum());
        return 0;
    }

    /// <summary>Not inlined: its variables are gone when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunOne(bool interruptController, Traces? traces)
    {
        using var machine = new VirtualMachine(FirstExit.Machine(interruptController), instance => traces?.Add(instance));
        machine.Start();
        machine.WaitFor(static state => state != MachineState.Running, Timeout.InfiniteTimeSpan, CancellationToken.None);
        traces?.Add(machine);
    }
}
