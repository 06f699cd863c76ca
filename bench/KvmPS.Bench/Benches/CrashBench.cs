using KvmPS.Bench.Measuring;
using KvmPS.Stress.Storage;

namespace KvmPS.Bench.Benches;

/// <summary>The power fails at 2,000 instants of the life of qcow2 images; a new seed each time.</summary>
internal sealed class CrashBench : IBench
{
    /// <inheritdoc/>
    public string Name => "crash";

    /// <inheritdoc/>
    public string Purpose => "the power fails at 2,000 instants: each image opens, none is corrupt, every flushed byte is there";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        if (QemuImg.WhyNot is { } reason) throw new BenchNotPossibleException(reason);
        // --rounds: instants in all.
        int cuts = options.RoundsOr(full: 2000, quick: 220);
        int each = (cuts + Qcow2Variant.All.Count - 1) / Qcow2Variant.All.Count;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("KVMPS_IMAGE_SEED"), out int given) ? given : Random.Shared.Next();
        Table.Note($"seed {seed}; with it in KVMPS_IMAGE_SEED the same happens again, and the beginning of it in the tests, in Qcow2StressTests.");
        Table.Header("peer");

        var findings = new List<string>();
        var reports = new List<CrashReport>();
        Parallel.ForEach(Qcow2Variant.All, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, variant =>
        {
            (CrashReport? report, string? finding) = RunOne(variant, seed, each);
            lock (findings)
            {
                if (report is not null) reports.Add(report);
                if (finding is not null) findings.Add(finding);
            }
        });

        Table.Row("instants", reports.Sum(static report => report.Cuts));
        Table.Row("variants of images", reports.Count);
        Table.Row("requests of the guest", reports.Sum(static report => report.Requests));
        Table.Row("changes of the host's file", reports.Sum(static report => report.Changes));
        Table.Row("flushes of the host's file", reports.Sum(static report => report.Flushes));
        Table.Row("variants with a finding", findings.Count, Bar.AtMost(0));
        foreach (string finding in findings) Table.Note(finding);
    }

    private static (CrashReport? Report, string? Finding) RunOne(Qcow2Variant variant, int seed, int cuts)
    {
        try
        {
            using Qcow2Subject subject = Qcow2Tools.Subject(variant);
            return (new CrashRun(subject, seed, cuts).Run(), null);
        }
        catch (CrashFailureException finding)
        {
            return (null, finding.Message);
        }
    }
}
