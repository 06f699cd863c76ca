using KvmPS.Bench.Measuring;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Bench.Benches;

/// <summary>The disk's path over a qcow2 image whose clusters are all allocated, beside the same over a raw one.</summary>
internal sealed class Qcow2Bench : IBench
{
    private const long ImageBytes = 512 << 20;
    private const int Depth = 32;
    private const double Mebibyte = 1 << 20;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public string Name => "qcow2";

    /// <inheritdoc/>
    public string Purpose => "virtio-blk over qcow2 with allocated clusters, files in the page cache; the same over raw";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        string raw = Path.Combine(Path.GetTempPath(), $"kvmps-bench-{Environment.ProcessId}.img");
        string qcow2 = Path.Combine(Path.GetTempPath(), $"kvmps-bench-{Environment.ProcessId}.qcow2");
        try
        {
            Make(raw, qcow2);
            int rounds = options.RoundsOr(full: 5, quick: 3);
            Table.Header("raw");
            Compare(raw, qcow2, new DiskLoad("4 KiB random reads", "", IsWrite: false, IsRandom: true, Bytes: 4096, Queues: 1, Depth, Depth), rounds);
            Compare(raw, qcow2, new DiskLoad("4 KiB random writes", "", IsWrite: true, IsRandom: true, Bytes: 4096, Queues: 1, Depth, Depth), rounds);
            Compare(raw, qcow2, new DiskLoad("1 MiB reads", "", IsWrite: false, IsRandom: false, Bytes: 1 << 20, Queues: 1, Depth, Buffers: 1), rounds);
            Compare(raw, qcow2, new DiskLoad("1 MiB writes", "", IsWrite: true, IsRandom: false, Bytes: 1 << 20, Queues: 1, Depth, Buffers: 1), rounds);
            Table.Note($"the median of {rounds} runs of {Time.TotalSeconds:0} s each in turn, at depth {Depth}; both images of {ImageBytes >> 20} MiB, written whole.");
        }
        finally
        {
            File.Delete(raw);
            File.Delete(qcow2);
        }
    }

    private static void Compare(string raw, string qcow2, DiskLoad load, int rounds)
    {
        using var ours = new DiskRig(Open(qcow2), load);
        using var peer = new DiskRig(DiskRig.Raw(raw), load);
        ours.Run(Time); // what the runtime compiles
        peer.Run(Time);
        List<double> rates = [];
        List<double> peerRates = [];
        for (int round = 0; round < rounds; round++)
        {
            rates.Add(Rate(ours.Run(Time), load));
            peerRates.Add(Rate(peer.Run(Time), load));
        }

        Table.Row($"{load.Name}, {(load.IsRandom ? "a second" : "MiB/s")}", rates.Median(), peerRates.Median(), Bar.AtLeast(0.85));
        Table.Samples($"{load.Name}, qcow2", rates);
        Table.Samples($"{load.Name}, raw", peerRates);
    }

    private static double Rate(DiskRun run, DiskLoad load) => run.Requests / run.Seconds * (load.IsRandom ? 1 : load.Bytes / Mebibyte);

    private static Qcow2Image Open(string path) => Qcow2Image.Open(new HostImageFile(DiskFile.Open(path, DiskFileModes.Write)), backing: null, readOnly: false);

    private static void Make(string raw, string qcow2)
    {
        using (var file = new HostImageFile(DiskFile.Open(raw, DiskFileModes.Write | DiskFileModes.Create))) file.SetLength(ImageBytes);
        using (var file = new HostImageFile(DiskFile.Open(qcow2, DiskFileModes.Write | DiskFileModes.Create)))
            Qcow2Image.Create(file, new Qcow2CreateOptions { VirtualSize = ImageBytes });
        using RawImage rawImage = DiskRig.Raw(raw);
        using Qcow2Image qcow2Image = Open(qcow2);
        using var block = new IoBuffer(1 << 20);
        new Random(1).NextBytes(block.Span);
        using var vector = new IoVector(1);
        vector.Add(block, 0, block.Length);
        foreach (IBlockBackend image in (IBlockBackend[])[rawImage, qcow2Image])
        {
            for (long done = 0; done < ImageBytes; done += block.Length) image.Write(done, vector);
            image.Flush();
        }
    }
}
