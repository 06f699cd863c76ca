using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>Images in every variant that qemu-img makes, read byte by byte and checked.</summary>
public class QemuImagesTests
{
    private static readonly string[] Writes =
    [
        "write -P 17 0 100000", "write -P 34 1000000 70000", "write -z 1048576 200000", "write -z -u 300000 150000",
        "write -P 51 3145728 65536", "discard 3145728 65536", "write -P 68 2600000 12345", "write -c -P 85 4194304 65536",
    ];

    public static TheoryData<string> CreateOptions { get; } = new(
        "compat=0.10", "compat=0.10,cluster_size=512", "compat=1.1", "lazy_refcounts=on",
        "cluster_size=512", "cluster_size=1k", "cluster_size=4k", "cluster_size=2M",
        "refcount_bits=1", "refcount_bits=2", "refcount_bits=4", "refcount_bits=8", "refcount_bits=32", "refcount_bits=64",
        "cluster_size=512,refcount_bits=64", "cluster_size=2M,refcount_bits=1",
        "preallocation=off", "preallocation=metadata", "preallocation=falloc", "preallocation=full",
        "compression_type=zstd", "compression_type=zstd,cluster_size=4k");

    [Theory]
    [MemberData(nameof(CreateOptions))]
    public void An_image_reads_as_qemu_reads_it(string options)
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        QemuTools.Img("create", "-f", "qcow2", "-o", options, path, "6293504");
        QemuTools.Io(path, options.Contains("cluster_size", StringComparison.Ordinal) || options.Contains("preallocation", StringComparison.Ordinal) ? Writes[..^1] : Writes);
        Same(rig, path, null);
    }

    [Theory]
    [InlineData("compat=1.1")]
    [InlineData("compat=0.10")]
    [InlineData("compression_type=zstd")]
    [InlineData("cluster_size=512")]
    [InlineData("cluster_size=2M,compression_type=zstd")]
    [InlineData("cluster_size=2M")]
    public void Compressed_images_read_as_qemu_reads_them(string options)
    {
        using var rig = new ImageRig();
        byte[] content = new byte[5 << 20];
        var random = new Random(5);
        for (int i = 0; i < content.Length; i++) content[i] = (byte)(i % 4096 < 3000 ? i >> 10 : random.Next(256));
        random.NextBytes(content.AsSpan(2 << 20, 1 << 20));
        content.AsSpan(4 << 20, 300_000).Clear();
        File.WriteAllBytes(rig.Path("a.raw"), content);
        QemuTools.Img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, rig.Path("a.raw"), rig.Path("a.qcow2"));
        using Qcow2Image image = ImageRig.Open(rig.Path("a.qcow2"));
        Assert.True(content.AsSpan().SequenceEqual(ImageRig.ReadAll(image, 65536)), "Compressed clusters read wrong.");
        Assert.True(content.AsSpan(4096, 512).SequenceEqual(ImageRig.Read(image, 4096, 512)));
        Qcow2CheckResult check = image.Check();
        Assert.True(check.IsClean, string.Join('\n', check.Problems));
        Assert.True(check.CompressedClusters > 0);
        Assert.Equal(BlockExtentKind.Compressed, image.Map(1 << 20).Kind);
    }

    [Theory]
    [InlineData("raw", 2 << 20)]
    [InlineData("raw", 8 << 20)]
    [InlineData("qcow2", 3 << 20)]
    public void A_chain_reads_through(string format, int size)
    {
        using var rig = new ImageRig();
        byte[] content = new byte[size];
        new Random(6).NextBytes(content);
        File.WriteAllBytes(rig.Path("base.raw"), content);
        string below = rig.Path("base.raw");
        if (format == "qcow2")
        {
            below = rig.Path("base.qcow2");
            QemuTools.Img("convert", "-f", "raw", "-O", "qcow2", rig.Path("base.raw"), below);
        }

        string path = rig.Path("a.qcow2");
        QemuTools.Img("create", "-f", "qcow2", "-b", below, "-F", format, path, "6M");
        QemuTools.Io(path, Writes);
        QemuTools.Img("create", "-f", "qcow2", "-b", path, "-F", "qcow2", rig.Path("top.qcow2"), "7M");
        QemuTools.Io(rig.Path("top.qcow2"), "write -P 99 500000 1000000");
        using Qcow2Image probe = ImageRig.Open(path);
        Assert.Equal(below, probe.Header.BackingPath);
        Assert.Equal(format, probe.Header.BackingFormat);

        // A raw base is read here as qemu-img makes a qcow2 of it: the raw backend has tests of its own.
        string asQcow2 = rig.Path("same.qcow2");
        QemuTools.Img("convert", "-f", "raw", "-O", "qcow2", rig.Path("base.raw"), asQcow2);
        Qcow2Image middle = ImageRig.Open(path, backing: ImageRig.Open(asQcow2));
        Same(rig, rig.Path("top.qcow2"), middle);
    }

    [Fact]
    public void Snapshots_are_counted()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        QemuTools.Img("create", "-f", "qcow2", path, "6293504");
        QemuTools.Io(path, Writes);
        QemuTools.Img("snapshot", "-c", "one", path);
        QemuTools.Io(path, "write -P 1 0 300000");
        QemuTools.Img("snapshot", "-c", "two", path);
        using (Qcow2Image image = ImageRig.Open(path)) Assert.Equal(2, image.Header.SnapshotCount);
        Same(rig, path, null);
    }

    [Fact]
    public void Bitmaps_are_counted_until_the_image_is_written()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        QemuTools.Img("create", "-f", "qcow2", path, "64M");
        QemuTools.Img("bitmap", "--add", path, "changes");
        QemuTools.Io(path, "write -P 1 0 300000");
        using (Qcow2Image image = ImageRig.Open(path)) Assert.True(image.Check().IsClean);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false)) ImageRig.Write(image, 0, new byte[512]);
        QemuTools.Check(path, allowLeaks: true);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false)) image.Repair(Qcow2RepairModes.All);
        QemuTools.Check(path);
    }

    [Theory]
    [InlineData("extended_l2=on,cluster_size=64k", "extended L2")]
    [InlineData("data_file=a.data", "external data file")]
    [InlineData("encrypt.format=luks,encrypt.key-secret=s", "LUKS")]
    public void What_is_not_served_is_refused_by_name(string options, string feature)
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        options = options.Replace("a.data", rig.Path("a.data"), StringComparison.Ordinal);
        QemuTools.Img("create", "--object", "secret,id=s,data=abc", "-f", "qcow2", "-o", options, path, "1M");
        var refusal = Assert.Throws<ImageNotSupportedException>(() => ImageRig.Open(path));
        Assert.Contains(feature, refusal.Feature, StringComparison.Ordinal);
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        Assert.Equal(1 << 20, Qcow2Image.ReadHeader(file).VirtualSize);
    }

    private static void Same(ImageRig rig, string path, IBlockBackend? backing)
    {
        QemuTools.Img("convert", "-f", "qcow2", "-O", "raw", path, rig.Path("expected.raw"));
        byte[] expected = File.ReadAllBytes(rig.Path("expected.raw"));
        using Qcow2Image image = ImageRig.Open(path, backing: backing);
        Assert.True(expected.AsSpan().SequenceEqual(ImageRig.ReadAll(image)), $"'{path}' reads other than in QEMU.");
        Assert.True(expected.AsSpan().SequenceEqual(ImageRig.ReadAll(image, 1536)), $"'{path}' reads other than in QEMU in small pieces.");
        Qcow2CheckResult check = image.Check();
        Assert.True(check.IsClean, string.Join('\n', check.Problems));
        for (long at = 0; at < image.Length;)
        {
            BlockExtent extent = image.Map(at);
            Assert.InRange(extent.Length, 1, image.Length - at);
            if (extent.Kind == BlockExtentKind.Zero) Assert.False(expected.AsSpan((int)at, (int)extent.Length).ContainsAnyExcept((byte)0));
            at += extent.Length;
        }
    }
}
