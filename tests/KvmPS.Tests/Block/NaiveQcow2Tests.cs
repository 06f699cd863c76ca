using KvmPS.Stress.Storage;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>Whether the tests of images find mistakes in how qcow2 is written, and in which order, with qemu-img as the judge.</summary>
public sealed class NaiveQcow2Tests
{
    private const int Seed = 20261122;

    private static readonly Qcow2Variant Plain = new("plain", "compat=1.1,cluster_size=4096", 1 << 19);
    private static readonly Qcow2Variant Backed = Plain with { Name = "backed", BackingFormat = "raw" };
    private static readonly Qcow2Variant Snapshot = Plain with { Name = "snapshot", HasSnapshot = true };

    [QemuImgFact]
    public void What_is_written_in_the_right_order_survives() => Assert.All([Plain, Backed, Snapshot], static variant => Run(variant, NaiveMistake.None, cuts: 20));

    [QemuImgFact]
    public void Clusters_in_use_before_they_are_counted_are_found() => Assert.Contains("Corrupt", Find(Plain, NaiveMistake.NoCountBarrier), StringComparison.Ordinal);

    [QemuImgFact]
    public void Clusters_in_use_before_their_bytes_are_there_are_found() => Assert.Contains("LOST", Find(Backed, NaiveMistake.NoDataBarrier), StringComparison.Ordinal);

    [QemuImgFact]
    public void Harm_to_a_snapshot_is_found() => Assert.Contains("snapshot", Find(Snapshot, NaiveMistake.WritesShared), StringComparison.Ordinal);

    [QemuImgFact]
    public void Clusters_that_are_free_too_early_are_found() => Assert.Contains("Corrupt", Find(Plain, NaiveMistake.EarlyFree), StringComparison.Ordinal);

    [QemuImgFact]
    public void Random_operations_done_right_pass() => Assert.Equal(600, new OperationsRun(new NaiveTools(NaiveMistake.None), Seed, operations: 600).Run().Operations);

    [QemuImgTheory]
    [InlineData(NaiveMistake.Leaks, "qemu-img check")]
    [InlineData(NaiveMistake.RemembersTail, "qemu-img compare")]
    public void Random_operations_done_wrong_are_found(NaiveMistake mistake, string finding)
    {
        string failure = Assert.Throws<OperationsFailureException>(() => new OperationsRun(new NaiveTools(mistake), Seed, operations: 2000).Run()).Message;

        Assert.StartsWith($"seed {Seed}, operation ", failure, StringComparison.Ordinal);
        Assert.Contains(finding, failure, StringComparison.Ordinal);
    }

    private static string Find(Qcow2Variant variant, NaiveMistake mistake) => Assert.Throws<CrashFailureException>(() => Run(variant, mistake, cuts: 300)).Message;

    private static void Run(Qcow2Variant variant, NaiveMistake mistake, int cuts)
    {
        using var subject = new Qcow2Subject(variant, (file, backing, _) => new NaiveQcow2(file, backing, mistake), static (_, _) => throw new NotSupportedException());
        Assert.Equal(cuts, new CrashRun(subject, Seed, cuts).Run().Cuts);
    }
}
