using KvmPS.Bench.Benches;
using KvmPS.Bench.Measuring;

namespace KvmPS.Bench;

/// <summary>The entry point: runs the benches that the command line names. They are no tests, and their exit code says nothing about the figures.</summary>
internal static class Program
{
    private static readonly IBench[] Benches =
    [
        new PioBench(),
        new CreateBench(),
        new ImportBench(),
        new SerialBench(),
        new LinuxBench(),
        new SmpBench(),
        new DebianBench(),
        new ChurnBench(),
        new IdleBench(),
        new HammerBench(),
        new DiskBench(),
        new Qcow2Bench(),
        new GuestDiskBench(),
        new GuestCommandBench(),
        new ParallelBench(),
        new FuzzBench(),
        new CrashBench(),
        new ImagesBench(),
    ];

    /// <summary>Runs one bench, or all.</summary>
    public static int Main(string[] args)
    {
        if (args is [ChurnChild.Argument, ..]) return ChurnChild.Run(args);
        if (args is [IdleChild.Argument, ..]) return IdleChild.Run(args);
        if (args is [CreateChild.Argument, ..]) return CreateChild.Run(interruptController: args is [_, CreateChild.Irqchip]);

        try
        {
            BenchOptions options = BenchOptions.Parse(args);
            IBench[] chosen = options.Name == "all" ? Benches : [.. Benches.Where(bench => bench.Name == options.Name)];
            if (chosen.Length == 0) return ShowUsage(options.Name);
            Console.Out.WriteLine(HostLine.Now());
            foreach (IBench bench in chosen) Run(bench, options);
            return 0;
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return ShowUsage(name: "");
        }
    }

    private static void Run(IBench bench, BenchOptions options)
    {
        Console.Out.WriteLine($"\n{bench.Name}: {bench.Purpose} (load average {HostLine.LoadAverage()})");
        try
        {
            bench.Run(options);
        }
        catch (BenchNotPossibleException reason)
        {
            Console.Out.WriteLine($"  not run: {reason.Message}");
        }
    }

    private static int ShowUsage(string name)
    {
        if (name.Length > 0) Console.Error.WriteLine($"There is no bench '{name}'.");
        Console.Out.WriteLine("usage: KvmPS.Bench NAME|all [--rounds N] [--quick]\n");
        foreach (IBench bench in Benches) Console.Out.WriteLine($"  {bench.Name,-8} {bench.Purpose}");
        return name.Length > 0 ? 2 : 0;
    }
}
