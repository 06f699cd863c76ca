using KvmPS.Stress.Storage;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>
/// A part of what the benches <c>crash</c> and <c>images</c> do. The seed is fixed, so that a failure is the same at the next run;
/// <c>KVMPS_IMAGE_SEED</c> sets another, such as the one that a bench printed.
/// </summary>
public sealed class Qcow2StressTests(ITestOutputHelper output)
{
    private const int Cuts = 12; // of each variant
    private const int Operations = 3000;

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("KVMPS_IMAGE_SEED"), out int seed) ? seed : 20261122;

    public static TheoryData<string> Variants => [.. Qcow2Variant.All.Select(static variant => variant.Name)];

    [QemuImgTheory]
    [MemberData(nameof(Variants))]
    public void No_loss_of_power_harms_what_was_flushed(string variant)
    {
        using Qcow2Subject subject = Qcow2Tools.Subject(Qcow2Variant.All.Single(one => one.Name == variant));

        CrashReport report = new CrashRun(subject, Seed, Cuts).Run();

        output.WriteLine($"seed {Seed}: {report}");
        Assert.Equal(Cuts, report.Cuts);
    }

    [QemuImgFact]
    public void Random_operations_leave_what_a_flat_file_has()
    {
        OperationsReport report = new OperationsRun(new Qcow2Tools(), Seed, Operations).Run();

        output.WriteLine($"seed {Seed}: {string.Join(", ", report.Done)}; {report.Looks} looks");
        Assert.Equal(Operations, report.Operations);
    }
}
