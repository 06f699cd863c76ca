using KvmPS.Bench.Measuring;

namespace KvmPS.Bench.Benches;

/// <summary>Two hundred machines that do nothing, in one process: what that takes of the host's memory and CPUs.</summary>
internal sealed class IdleBench : IBench
{
    private const int Machines = 200;
    private const double MostBytes = 1 << 20;
    private const double MostCpu = 0.0005; // of one CPU, each: less than 50 ms in 100 s

    /// <inheritdoc/>
    public string Name => "idle";

    /// <inheritdoc/>
    public string Purpose => "200 idle machines: memory beyond what the guest touched, CPU use";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        int seconds = options.RoundsOr(full: 60, quick: 10);
        KeyedOutput figures = KeyedOutput.Of(Child.Run(Places.Bench, [IdleChild.Argument, $"{Machines}", $"{seconds}"]).Checked("KvmPS.Bench"));
        if (figures["running"] != Machines) throw new BenchNotPossibleException($"only {figures["running"]} of {Machines} machines idle.");

        Table.Header("peer");
        Table.Row("resident memory of a machine, bytes", figures["memory"], Bar.AtMost(MostBytes));
        Table.Row("of it managed objects, bytes", figures["managed"]);
        Table.Row("its guest's RAM that was touched, bytes", figures["guest"]);
        Table.Row("page tables for it, in the kernel, bytes", figures["tables"]);
        Table.Row("CPU seconds in 100 s", 100 * figures["cpu"], Bar.AtMost(100 * MostCpu));
        Table.Note($"{Machines} machines with interrupt controllers, asleep with interrupts on; their CPU use over {seconds} s.");
    }
}
