using KvmPS.Bench.Measuring;
using KvmPS.Stress.Fuzz;
using KvmPS.Stress.Virtio;

namespace KvmPS.Bench.Benches;

/// <summary>Every device and every loader, fed with what drivers and images look like when they are wrong; a new seed each time.</summary>
internal sealed class FuzzBench : IBench
{
    private const int LargeMemoryMebibytes = 512; // room for a distribution's kernel

    /// <inheritdoc/>
    public string Name => "fuzz";

    /// <inheritdoc/>
    public string Purpose => "ten minutes of wrong accesses and wrong images: no exception out of a device or a loader";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        // --rounds: minutes in all. Most of them for devices and small images; a real kernel takes long to unpack.
        var time = TimeSpan.FromMinutes(options.RoundsOr(full: 10, quick: 1));
        ulong seed = (ulong)Random.Shared.NextInt64();
        Table.Note($"seed {seed}; KVMPS_FUZZ_SEED and the seed of a finding repeat it in the tests, in FuzzTests.");
        Table.Note($"devices: {string.Join(", ", DeviceFuzz.DeviceNames())}");
        IReadOnlyList<ImageSeed> seeds = ImageSeed.Small();
        Table.Note($"images: {string.Join(", ", seeds.Select(static image => image.Name))}");
        Table.Header("peer");

        FuzzRun<DeviceCase> devices = DeviceFuzz.Create();
        Report("devices", () => devices.Run(seed, time * 0.3), () => devices.Count);
        foreach (string device in VirtioFuzz.Devices.Keys)
        {
            FuzzRun<VirtioCase> virtio = VirtioFuzz.Create(device);
            Report(device, () => virtio.Run(seed, time * 0.2 / VirtioFuzz.Devices.Count), () => virtio.Count);
        }

        using var loaders = new LoaderFuzz(seeds);
        Report("loaders", () => loaders.Run.Run(seed, time * 0.4), () => loaders.Run.Count);
        Table.Row("loaders, images placed all the same", loaders.Placed);
        using var kernels = new LoaderFuzz(Kernels(), LargeMemoryMebibytes);
        Report("loaders, real kernels", () => kernels.Run.Run(seed, time * 0.1), () => kernels.Run.Count);
    }

    private static void Report(string what, Action run, Func<long> count)
    {
        FuzzFailureException? finding = null;
        try
        {
            run();
        }
        catch (FuzzFailureException found)
        {
            finding = found;
        }

        Table.Row($"{what}, cases", count());
        Table.Row($"{what}, findings", finding is null ? 0 : 1, Bar.AtMost(0));
        if (finding is not null) Table.Note(finding.Message);
    }

    /// <summary>The multiboot images of the test programs, and the kernels that other benches boot, where they are.</summary>
    private static List<ImageSeed> Kernels()
    {
        List<ImageSeed> seeds = [.. ((string[])["multiboot.elf", "multiboot64.elf", "multiboot.bin"]).Select(static name => ImageSeed.OfFile(Places.InRoot($"tests/Guests/multiboot/{name}")))];
        AddIfPossible(seeds, static () => Places.TestGuest("vmlinux"));
        AddIfPossible(seeds, static () => Places.TestGuest("bzImage"));
        AddIfPossible(seeds, Places.DebianKernel);
        return seeds;
    }

    private static void AddIfPossible(List<ImageSeed> seeds, Func<string> path)
    {
        try
        {
            seeds.Add(ImageSeed.OfFile(path()));
        }
        catch (BenchNotPossibleException reason)
        {
            Table.Note($"without a kernel: {reason.Message}");
        }
    }
}
