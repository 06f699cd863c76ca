using System.Globalization;
using System.Text.Json;
using KvmPS.Bench.Measuring;

namespace KvmPS.Bench.Benches;

/// <summary>A disk's path alone, from a driver's rings to the host's file and back, beside a program that only reads and writes that file.</summary>
internal sealed class DiskBench : IBench
{
    private const string Fio = "fio";
    private const long FileBytes = 512 << 20;
    private const int Depth = 32;
    private const double Mebibyte = 1 << 20;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public string Name => "disk";

    /// <inheritdoc/>
    public string Purpose => "virtio-blk from rings to a file in the page cache; fio (psync, threads = queues) on the same file";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        Child.Run(Fio, ["--version"]).Checked(Fio);
        string path = Path.Combine(Path.GetTempPath(), $"kvmps-disk-bench-{Environment.ProcessId}");
        try
        {
            Fill(path);
            int rounds = options.RoundsOr(full: 5, quick: 3);
            Table.Header("fio");
            foreach (int queues in (int[])[1, 2])
            {
                var random = new DiskLoad("4 KiB random reads", "randread", IsWrite: false, IsRandom: true, Bytes: 4096, queues, Depth, Buffers: Depth);
                var reads = new DiskLoad("1 MiB reads", "read", IsWrite: false, IsRandom: false, Bytes: 1 << 20, queues, Depth, Buffers: 1);
                var writes = new DiskLoad("1 MiB writes", "write", IsWrite: true, IsRandom: false, Bytes: 1 << 20, queues, Depth, Buffers: 1);
                Compare(path, random, rounds, perSecond: 1, "a second");
                Compare(path, reads, rounds, Mebibyte, "MiB/s");
                Compare(path, writes, rounds, Mebibyte, "MiB/s");
                foreach (DiskLoad load in (DiskLoad[])[random, reads, writes]) Count(path, load with { DriverPolls = false });
            }

            Table.Note($"the median of {rounds} runs of {Time.TotalSeconds:0} s each in turn; depth {Depth} a queue, one thread for all of the guest's side, which looks for 50 us before it sleeps.");
            Table.Note("interrupts and doorbells: of a driver that sleeps as soon as there is nothing to take.");
            Table.Note("fio crowded: beside one thread more that is busy, as the guest's side is. Only where there are no more CPUs than queues.");
            Table.Note("fio has one buffer a thread, which stays in the CPU's cache, and so have the rows of 1 MiB.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Compare(string path, DiskLoad load, int rounds, double perSecond, string unit)
    {
        List<double> ours = [];
        List<double> peer = [];
        List<double> crowdedPeer = [];
        List<DiskRun> runs = [];
        using var rig = new DiskRig(DiskRig.Raw(path), load);
        rig.Run(Time); // what the runtime compiles
        for (int round = 0; round < rounds; round++)
        {
            runs.Add(rig.Run(Time));
            ours.Add(runs[^1].Requests / runs[^1].Seconds * (perSecond > 1 ? load.Bytes / perSecond : 1));
            peer.Add(RunFio(path, load) * (perSecond > 1 ? load.Bytes / perSecond : 1));
            if (!rig.IsCrowded) continue;
            using var guest = new BusyThread(); // as many as we have
            crowdedPeer.Add(RunFio(path, load) * (perSecond > 1 ? load.Bytes / perSecond : 1));
        }

        string what = $"{load.Name}, {load.Queues} queue{(load.Queues > 1 ? "s" : "")}";
        Table.Row($"{what}, {unit}", ours.Median(), peer.Median(), Bar.AtLeast(0.9));
        if (rig.IsCrowded) Table.Row($"{what}, {unit} (fio crowded)", ours.Median(), crowdedPeer.Median(), bar: null);
        Table.Row($"{what}, bytes allocated each", runs.Select(static run => run.Allocated / run.Requests).Median());
        Table.Row($"{what}, latency p50 / us", rig.Statistics(load).Latency.Percentile(50).TotalMicroseconds);
        Table.Row($"{what}, latency p99 / us", rig.Statistics(load).Latency.Percentile(99).TotalMicroseconds);
        Table.Samples($"{what}, KvmPS", ours);
        Table.Samples($"{what}, fio", peer);
        if (rig.IsCrowded) Table.Samples($"{what}, fio crowded", crowdedPeer);
    }

    /// <summary>How often driver and device call each other, when both sleep whenever they can.</summary>
    private static void Count(string path, DiskLoad load)
    {
        using var rig = new DiskRig(DiskRig.Raw(path), load);
        DiskRun run = rig.Run(Time);
        string what = $"{load.Name}, {load.Queues} queue{(load.Queues > 1 ? "s" : "")}";
        Table.Row($"{what}, interrupts each", run.Interrupts / run.Requests, Bar.AtMost(0.5));
        Table.Row($"{what}, doorbells each", run.Doorbells / run.Requests, Bar.AtMost(0.5));
    }

    /// <summary>Requests a second of the peer.</summary>
    private static double RunFio(string path, DiskLoad load)
    {
        Child child = Child.Run(
            Fio,
            [
                "--name=peer", $"--filename={path}", "--ioengine=psync", $"--rw={load.FioMode}", $"--bs={load.Bytes}", $"--size={FileBytes}", $"--numjobs={load.Queues}", "--thread",
                "--time_based", $"--runtime={Time.TotalSeconds.ToString(CultureInfo.InvariantCulture)}", "--group_reporting", "--invalidate=0", "--direct=0", "--norandommap", "--randrepeat=0",
                "--fallocate=none", "--iomem=mmap", "--output-format=json", // a buffer of malloc, beside its pages, makes copies four times slower
            ]).Checked(Fio);
        using JsonDocument document = JsonDocument.Parse(child.Output[child.Output.IndexOf('{', StringComparison.Ordinal)..]);
        return document.RootElement.GetProperty("jobs")[0].GetProperty(load.IsWrite ? "write" : "read").GetProperty("iops").GetDouble();
    }

    /// <summary>Writes the file, which leaves it in the page cache, and waits until nothing is left to be written.</summary>
    private static void Fill(string path)
    {
        byte[] block = new byte[1 << 20];
        new Random(1).NextBytes(block);
        using FileStream file = File.Create(path);
        for (long done = 0; done < FileBytes; done += block.Length) file.Write(block);
        file.Flush(flushToDisk: true);
    }
}

/// <summary>What is asked of a disk.</summary>
/// <param name="Name">In words.</param>
/// <param name="FioMode">For fio.</param>
/// <param name="IsWrite">Whether it is written.</param>
/// <param name="IsRandom">Whether places are random, else one after the other.</param>
/// <param name="Bytes">Of each request.</param>
/// <param name="Queues">How many queues, or jobs.</param>
/// <param name="Depth">Requests under way in each queue.</param>
/// <param name="Buffers">How many buffers those share in the guest's memory.</param>
/// <param name="DriverPolls">Whether the driver looks for a while before it sleeps.</param>
internal sealed record DiskLoad(string Name, string FioMode, bool IsWrite, bool IsRandom, int Bytes, int Queues, int Depth, int Buffers, bool DriverPolls = true);

/// <summary>What came of it.</summary>
internal readonly record struct DiskRun(double Requests, double Seconds, double Interrupts, double Doorbells, double Allocated);
