using FsCheck.Fluent;
using KvmPS.Stress.Fuzz;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>
/// A few seconds of the fuzz that the bench runs for minutes. The seed is fixed, so that a failure is the same at the next run;
/// <c>KVMPS_FUZZ_SEED</c> sets another, such as the one that the bench printed.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3); // each

    private static ulong Seed => ulong.TryParse(Environment.GetEnvironmentVariable("KVMPS_FUZZ_SEED"), out ulong seed) ? seed : 20261122;

    public static TheoryData<string> VirtioDevices => [.. VirtioFuzz.Devices.Keys];

    [Fact]
    public void No_device_throws()
    {
        FuzzRun<DeviceCase> fuzz = DeviceFuzz.Create();
        fuzz.Run(Seed, Time);
        output.WriteLine($"seed {Seed}: {fuzz.Count} cases");
    }

    [Theory]
    [MemberData(nameof(VirtioDevices))]
    public void No_virtio_driver_makes_a_device_throw_or_fail(string device)
    {
        FuzzRun<VirtioCase> fuzz = VirtioFuzz.Create(device);
        fuzz.Run(Seed, Time);
        output.WriteLine($"seed {Seed}: {fuzz.Count} cases");
    }

    [Fact]
    public void Every_device_is_fuzzed() => Assert.Superset(
        new HashSet<string>(["com1", "i8042", "post", "debugcon", "debug-exit", "pci-host"], StringComparer.Ordinal),
        DeviceFuzz.DeviceNames().ToHashSet(StringComparer.Ordinal));

    [Fact]
    public void Loaders_throw_only_their_own_exception()
    {
        using var fuzz = new LoaderFuzz(ImageSeed.Small());
        fuzz.Run.Run(Seed, Time);
        output.WriteLine($"seed {Seed}: {fuzz.Run.Count} cases, {fuzz.Placed} of them placed");
        Assert.InRange(fuzz.Placed, 1, fuzz.Run.Count - 1);
    }

    [Fact]
    public void Every_sound_image_is_placed()
    {
        using var memory = Boot.BootTest.Memory();
        Assert.All(ImageSeed.Small(), seed => new LoaderCase(seed, []).Load(memory));
    }

    [Fact]
    public void A_finding_comes_with_its_seed_and_a_short_case()
    {
        var cases = Arb.From(
            Gen.Choose(0, 7).Select(static n => string.Join(' ', Enumerable.Range(n, 100))),
            static text => Shrinking.Parts(text.Split(' ')).Select(static part => string.Join(' ', part)));
        var fuzz = new FuzzRun<string>("texts", cases, static text => Assert.DoesNotContain("7", text.Split(' ')));

        var finding = Assert.Throws<FuzzFailureException>(() => fuzz.Run(Seed, TimeSpan.FromMinutes(1)));

        Assert.Contains($"seed {Seed}", finding.Message[..40], StringComparison.Ordinal);
        Assert.Equal("7", finding.Message.Split('\n')[1]);
    }
}
