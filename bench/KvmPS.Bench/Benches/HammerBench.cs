using KvmPS.Bench.Measuring;
using KvmPS.Stress;
using KvmPS.Stress.Hammering;

namespace KvmPS.Bench.Benches;

/// <summary>Eight threads that start, suspend, resume, stop, reset and remove a few shared machines, through the library and through the cmdlets.</summary>
internal sealed class HammerBench : IBench
{
    private const int Threads = 8;
    private const int Machines = 5;
    private const int MostFaults = 5; // printed

    /// <inheritdoc/>
    public string Name => "hammer";

    /// <inheritdoc/>
    public string Purpose => "eight threads on five machines for a minute: no hang, no lost state, no exception";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        var time = TimeSpan.FromSeconds(options.RoundsOr(full: 60, quick: 5));
        Table.Header("peer");
        HammerLibrary(time);
        HammerCmdlets(time);
        Table.Note($"{time.TotalSeconds:0} s each; a fault is a hang, an exception other than the refusals, or a state that is not the one after the last completed action.");
    }

    private static void HammerLibrary(TimeSpan time)
    {
        int seed = Random.Shared.Next();
        new Hammer(Threads, machines: 1, seed).Run(TimeSpan.Zero); // what the runtime opens once for all is not a leak
        ProcessHoldings before = ProcessHoldings.Now();

        HammerReport report = new Hammer(Threads, Machines, seed).Run(time);

        Table.Row("VirtualMachine, actions", report.Actions);
        Table.Row("VirtualMachine, of them out of place", report.Refused);
        Table.Row("VirtualMachine, states compared", report.Looks);
        Table.Row("VirtualMachine, faults", report.Faults.Count, Bar.AtMost(0));
        ProcessHoldings after = ProcessHoldings.Now();
        Table.Row("VirtualMachine, left over", after == before ? 0 : 1, Bar.AtMost(0));
        if (after != before) Table.Note($"before: {before}\n  after: {after}");
        foreach (string fault in report.Faults.Take(MostFaults)) Table.Note(fault);
    }

    private static void HammerCmdlets(TimeSpan time)
    {
        Child child = Child.Run(Places.Shell, ["-File", Places.InRoot("tests/Stress/hammer.ps1"), "-Module", Places.Module, "-Seconds", $"{time.TotalSeconds:0}", "-Runspaces", $"{Threads}", "-Machines", $"{Machines}"]);
        KeyedOutput figures = KeyedOutput.Of(child.Checked("hammer.ps1"));
        Table.Row("cmdlets, actions", figures["actions"]);
        Table.Row("cmdlets, of them out of place", figures["refused"]);
        Table.Row("cmdlets, faults", figures["faults"], Bar.AtMost(0));
        Table.Row("cmdlets, left over", figures["left"], Bar.AtMost(0));
        foreach (string line in child.Output.Split('\n').Where(static line => line.StartsWith("fault:", StringComparison.Ordinal)).Take(MostFaults)) Table.Note(line);
    }
}
