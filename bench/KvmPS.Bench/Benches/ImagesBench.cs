using KvmPS.Bench.Measuring;
using KvmPS.Stress.Storage;

namespace KvmPS.Bench.Benches;

/// <summary>10,000 random operations on a disk of qcow2 layers, and the same on a flat file; a new seed each time.</summary>
internal sealed class ImagesBench : IBench
{
    /// <inheritdoc/>
    public string Name => "images";

    /// <inheritdoc/>
    public string Purpose => "10,000 random operations on qcow2 layers: qemu-img finds them sound, and identical to a flat file";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        if (QemuImg.WhyNot is { } reason) throw new BenchNotPossibleException(reason);
        // --rounds: operations.
        int operations = options.RoundsOr(full: 10_000, quick: 1000);
        int seed = int.TryParse(Environment.GetEnvironmentVariable("KVMPS_IMAGE_SEED"), out int given) ? given : Random.Shared.Next();
        Table.Note($"seed {seed}; with it in KVMPS_IMAGE_SEED the same happens again, and the beginning of it in the tests, in Qcow2StressTests.");
        Table.Header("peer");
        try
        {
            OperationsReport report = new OperationsRun(new Qcow2Tools(), seed, operations).Run();
            foreach ((string name, int count) in report.Done) Table.Row(name, count);
            Table.Row("looks by qemu-img", report.Looks);
            Table.Row("operations", report.Operations);
            Table.Row("findings", 0, Bar.AtMost(0));
        }
        catch (OperationsFailureException finding)
        {
            Table.Row("findings", 1, Bar.AtMost(0));
            Table.Note(finding.Message);
        }
    }
}
