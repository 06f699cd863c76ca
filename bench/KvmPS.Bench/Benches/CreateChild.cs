using System.Diagnostics;
using System.Globalization;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Benches;

/// <summary>The child process of <see cref="CreateBench"/>: a fresh process, so that its first machine is a cold one. Prints microseconds, one machine a line.</summary>
internal static class CreateChild
{
    /// <summary>The first argument of a child.</summary>
    public const string Argument = "--create-child";

    /// <summary>The second one, for machines with interrupt controllers.</summary>
    public const string Irqchip = "--irqchip";

    /// <summary>Makes machine after machine.</summary>
    public static int Run(bool interruptController)
    {
        for (int i = 0; i <= FirstExit.WarmUp + FirstExit.Samples; i++)
            Console.Out.WriteLine(Measure(interruptController).ToString("0.0", CultureInfo.InvariantCulture));
        return 0;
    }

    private static double Measure(bool interruptController)
    {
        long start = Stopwatch.GetTimestamp();
        using var machine = new VirtualMachine(FirstExit.Machine(interruptController));
        machine.Start();
        machine.WaitFor(static state => state != MachineState.Running, Timeout.InfiniteTimeSpan, CancellationToken.None);
        return Stopwatch.GetElapsedTime(start, machine.Serial!.Log.FirstByteTimestamp!.Value).TotalMicroseconds;
    }
}
