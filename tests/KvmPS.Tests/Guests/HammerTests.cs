using KvmPS.Stress;
using KvmPS.Stress.Hammering;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>A few seconds of the hammering that the bench does for a minute.</summary>
[Collection(nameof(ExclusiveCollection))]
public sealed class HammerTests(ITestOutputHelper output)
{
    private const int Threads = 8;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(5);

    [KvmFact]
    public void Machines_survive_eight_hammering_threads()
    {
        new Hammer(Threads, machines: 1, seed: 0).Run(TimeSpan.Zero); // what the runtime opens once for all is not a leak
        ProcessHoldings before = ProcessHoldings.Now();

        HammerReport report = new Hammer(Threads, machines: 5, seed: 20261122).Run(Time);

        output.WriteLine($"{report.Actions} actions, {report.Refused} refused, {report.Looks} looks");
        Assert.Empty(report.Faults);
        Assert.Equal(before, ProcessHoldings.Now());
        Assert.InRange(report.Refused, 1, report.Actions - 1);
    }
}
