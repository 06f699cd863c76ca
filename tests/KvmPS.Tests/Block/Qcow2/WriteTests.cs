using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>What this writer makes, judged by qemu-img: clean, and the same bytes as a flat file.</summary>
public class WriteTests
{
    [Theory]
    [InlineData(3, 512, 16)]
    [InlineData(3, 512, 64)]
    [InlineData(2, 1024, 16)]
    [InlineData(3, 4096, 1)]
    [InlineData(3, 4096, 2)]
    [InlineData(3, 65536, 4)]
    [InlineData(3, 65536, 8)]
    [InlineData(3, 65536, 16)]
    [InlineData(2, 65536, 16)]
    [InlineData(3, 65536, 32)]
    [InlineData(3, 2 << 20, 64)]
    public void Random_operations_leave_a_clean_image_with_the_right_bytes(int version, int clusterSize, int refcountBits)
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        int size = (6 << 20) + 1536;
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = size, ClusterSize = clusterSize, Version = version, RefcountBits = refcountBits });
        QemuTools.Check(path);
        var random = new Random(clusterSize + refcountBits);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            var disk = new ShadowedDisk(image, random);
            for (int i = 0; i < 400; i++) disk.Step(128 << 10);
            disk.Resize(9 << 20);
            for (int i = 0; i < 100; i++) disk.Step(128 << 10);
            disk.Resize((3 << 20) + 512);
            for (int i = 0; i < 100; i++) disk.Step(128 << 10);
            disk.Resize(size);
            for (int i = 0; i < 100; i++) disk.Step(128 << 10);
            disk.Verify();
            Qcow2CheckResult check = image.Check();
            Assert.True(check.IsClean, string.Join('\n', check.Problems));
            disk.Verify();
            File.WriteAllBytes(rig.Path("a.raw"), disk.Shadow);
        }

        QemuTools.Check(path);
        QemuTools.Same(path, rig.Path("a.raw"));
    }

    [Theory]
    [InlineData("1.1", false, false)]
    [InlineData("0.10", true, false)]
    [InlineData("1.1", true, true)]
    [InlineData("1.1", false, true)]
    public void What_a_smaller_disk_had_behind_its_end_never_comes_back(string compat, bool isCompressed, bool hasSnapshot)
    {
        using var rig = new ImageRig();
        const int Size = 1 << 20;
        const int Smaller = 100 << 10; // inside a cluster
        byte[] bytes = TestBytes.Pattern(Size);
        File.WriteAllBytes(rig.Path("before.raw"), bytes);
        bytes.AsSpan(Smaller).Clear();
        File.WriteAllBytes(rig.Path("after.raw"), bytes);
        string path = rig.Path("a.qcow2");
        QemuTools.Img(["convert", "-f", "raw", "-O", "qcow2", "-o", $"compat={compat}", .. isCompressed ? ["-c"] : Array.Empty<string>(), rig.Path("before.raw"), path]);
        if (hasSnapshot) QemuTools.Img("snapshot", "-c", "whole", path);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            image.Resize(Smaller);
            image.Flush();
        }

        QemuTools.Check(path);
        QemuTools.Img("resize", "-q", "-f", "qcow2", path, $"{Size}"); // which trusts that the last cluster has zeroes there
        QemuTools.Same(path, rig.Path("after.raw"));
        if (!hasSnapshot) return;
        QemuTools.Img("snapshot", "-a", "whole", path);
        QemuTools.Same(path, rig.Path("before.raw"));
    }

    [Fact]
    public void An_overlay_grows_far_beyond_its_base_without_tables_for_it()
    {
        using var rig = new ImageRig();
        File.WriteAllBytes(rig.Path("base.raw"), TestBytes.Pattern(3 << 20));
        string path = rig.Path("a.qcow2");
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 1 << 20, BackingPath = "base.raw", BackingFormat = "raw" });
        var below = new RawImage(new HostImageFile(DiskFile.Open(rig.Path("base.raw"), DiskFileModes.None)), readOnly: true);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false, below))
        {
            image.Resize(1L << 40);
            image.Flush();
            Assert.Equal(TestBytes.Pattern(3 << 20)[..(1 << 20)], ImageRig.Read(image, 0, 1 << 20));
            Assert.Equal(new byte[4 << 20], ImageRig.Read(image, 1 << 20, 4 << 20));
            Assert.True(image.Check().IsClean);
        }

        Assert.InRange(new FileInfo(path).Length, 0, 4 << 20);
        QemuTools.Check(path);
    }

    [Fact]
    public void An_overlay_knows_the_zeroes_of_its_base()
    {
        using var rig = new ImageRig();
        using (FileStream file = File.Create(rig.Path("base.raw")))
        {
            file.SetLength(3 << 20);
            file.Position = 1 << 20;
            file.Write(TestBytes.Pattern(1 << 20));
        }

        string path = rig.Path("a.qcow2");
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 4 << 20, BackingPath = "base.raw", BackingFormat = "raw" });
        var below = new RawImage(new HostImageFile(DiskFile.Open(rig.Path("base.raw"), DiskFileModes.None)), readOnly: true);
        using Qcow2Image image = ImageRig.Open(path, readOnly: true, below);
        Assert.Equal(new BlockExtent(1 << 20, BlockExtentKind.Zero, -1), image.Map(0));
        Assert.Equal(new BlockExtent(1 << 20, BlockExtentKind.Backing, -1), image.Map(1 << 20));
        Assert.Equal(new BlockExtent(1 << 20, BlockExtentKind.Zero, -1), image.Map(2 << 20)); // to the end of the base
        Assert.Equal(new BlockExtent(1 << 20, BlockExtentKind.Zero, -1), image.Map(3 << 20));
    }

    [Fact]
    public void A_disk_of_no_bytes_is_clean_and_grows()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 0 });
        QemuTools.Check(path);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            Assert.True(image.Check().IsClean);
            image.Resize(1 << 20);
            ImageRig.Write(image, 4096, TestBytes.Pattern(4096));
            image.Flush();
            Assert.Equal(TestBytes.Pattern(4096), ImageRig.Read(image, 4096, 4096));
        }

        QemuTools.Check(path);
    }

    [Fact]
    public void A_size_that_no_image_can_have_is_refused()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 1 << 20 });
        using Qcow2Image image = ImageRig.Open(path, readOnly: false);
        Assert.Throws<IOException>(() => image.Resize(long.MaxValue & -512));
        Assert.Throws<IOException>(() => image.Resize(1L << 60));
        Assert.Equal(1 << 20, image.Length);
    }

    [Theory]
    [InlineData(2, 4096, 2 << 20)]
    [InlineData(3, 4096, 2 << 20)]
    [InlineData(3, 65536, 8 << 20)]
    public void An_overlay_keeps_its_base_and_reads_through(int version, int clusterSize, int baseSize)
    {
        using var rig = new ImageRig();
        byte[] below = new byte[baseSize];
        new Random(1).NextBytes(below);
        File.WriteAllBytes(rig.Path("base.raw"), below);
        ImageRig.Create(rig.Path("top.qcow2"), new Qcow2CreateOptions
        {
            VirtualSize = 4 << 20, ClusterSize = clusterSize, Version = version, BackingPath = "base.raw", BackingFormat = "raw",
        });
        byte[] start = new byte[4 << 20];
        below.AsSpan(0, Math.Min(below.Length, start.Length)).CopyTo(start);
        using (Qcow2Image image = ImageRig.Open(rig.Path("top.qcow2"), readOnly: false, new FlatBackend(below)))
        {
            var disk = new ShadowedDisk(image, new Random(2), start);
            disk.Verify();
            for (int i = 0; i < 300; i++) disk.Step(64 << 10);
            disk.Resize(6 << 20);
            for (int i = 0; i < 100; i++) disk.Step(64 << 10);
            disk.Verify();
            File.WriteAllBytes(rig.Path("a.raw"), disk.Shadow);
        }

        QemuTools.Check(rig.Path("top.qcow2"));
        QemuTools.Same(rig.Path("top.qcow2"), rig.Path("a.raw"));
        Assert.Equal(below, File.ReadAllBytes(rig.Path("base.raw")));
    }

    [Theory]
    [InlineData("1.1", "zlib")]
    [InlineData("0.10", "zlib")]
    [InlineData("1.1", "zstd")]
    public void Compressed_clusters_and_snapshots_are_never_written_in_place(string compat, string compression)
    {
        using var rig = new ImageRig();
        byte[] content = new byte[4 << 20];
        for (int i = 0; i < content.Length; i++) content[i] = (byte)((i >> 9) * 7);
        new Random(3).NextBytes(content.AsSpan(1 << 20, 300_000));
        File.WriteAllBytes(rig.Path("a.raw"), content);
        string path = rig.Path("a.qcow2");
        string options = compat == "0.10" ? "compat=0.10" : $"compat=1.1,compression_type={compression}";
        QemuTools.Img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, rig.Path("a.raw"), path);
        QemuTools.Io(path, "write -P 77 131072 200000");
        QemuTools.Img("snapshot", "-c", "before", path);
        string before = rig.Path("before.raw");
        QemuTools.Img("convert", "-l", "before", "-f", "qcow2", "-O", "raw", path, before);
        byte[] start = File.ReadAllBytes(before);
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            var disk = new ShadowedDisk(image, new Random(4), start.ToArray());
            disk.Verify();
            for (int i = 0; i < 300; i++) disk.Step(64 << 10);
            disk.Verify();
            File.WriteAllBytes(rig.Path("b.raw"), disk.Shadow);
        }

        QemuTools.Check(path);
        QemuTools.Same(path, rig.Path("b.raw"));
        QemuTools.Img("convert", "-l", "before", "-f", "qcow2", "-O", "raw", path, rig.Path("again.raw"));
        Assert.True(start.AsSpan().SequenceEqual(File.ReadAllBytes(rig.Path("again.raw"))), "The snapshot was changed.");
        QemuTools.Img("snapshot", "-a", "before", path);
        QemuTools.Img("snapshot", "-d", "before", path);
        QemuTools.Check(path);
    }

    [Fact]
    public void A_table_of_refcounts_moves_when_it_is_full()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 8 << 20, ClusterSize = 512, RefcountBits = 64 });
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            byte[] bytes = new byte[1 << 20];
            for (int at = 0; at < 8 << 20; at += bytes.Length)
            {
                bytes.AsSpan().Fill((byte)((at >> 20) + 1));
                ImageRig.Write(image, at, bytes);
            }

            image.Flush();
            Assert.True(image.Header.RefcountTableClusters > 4);
        }

        QemuTools.Check(path);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_rest_of_a_shorter_last_cluster_goes_alone(bool isDiscard)
    {
        var file = new MemoryImageFile([]);
        Qcow2Image.Create(file, new Qcow2CreateOptions { VirtualSize = 65536 + 2048 });
        using Qcow2Image image = Qcow2Image.Open(file, null, readOnly: false);
        byte[] bytes = new byte[image.Length];
        bytes.AsSpan().Fill(7);
        ImageRig.Write(image, 0, bytes);
        if (isDiscard) image.Discard(65536 + 512, 1536);
        else image.WriteZeroes(65536 + 512, 1536, mayDeallocate: true);
        Assert.Equal(bytes[..(65536 + 512)], ImageRig.Read(image, 0, 65536 + 512));
        image.WriteZeroes(65536, 2048, mayDeallocate: true);
        Assert.Equal(BlockExtentKind.Zero, image.Map(65536).Kind);
        Assert.Equal(bytes[..65536], ImageRig.Read(image, 0, 65536));
    }

    [Fact]
    public void Lazy_refcounts_mark_the_image_while_it_is_written()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 1 << 20, LazyRefcounts = true });
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            Assert.False(image.Header.IsDirty);
            ImageRig.Write(image, 0, new byte[4096]);
            image.Flush();
            File.Copy(path, rig.Path("cut.qcow2"));
        }

        using (Qcow2Image closed = ImageRig.Open(path)) Assert.False(closed.Header.IsDirty);
        using (Qcow2Image cut = ImageRig.Open(rig.Path("cut.qcow2"))) Assert.True(cut.Header.IsDirty);
        QemuTools.Check(rig.Path("cut.qcow2"));
        ImageRig.Open(rig.Path("cut.qcow2"), readOnly: false).Dispose();
        using (Qcow2Image repaired = ImageRig.Open(rig.Path("cut.qcow2"))) Assert.False(repaired.Header.IsDirty);
        QemuTools.Check(rig.Path("cut.qcow2"));
    }

    /// <summary>A base in memory.</summary>
    private sealed class FlatBackend(byte[] content) : IBlockBackend
    {
        public long Length => content.Length;

        public bool IsReadOnly => true;

        public BlockLimits Limits => new(512, 512, 512);

        public bool WritesAtOnce => true;

        public void Read(long offset, IoVector destination) => destination.CopyFrom(content.AsSpan((int)offset, (int)destination.Length));

        public bool TryReadAtOnce(long offset, IoVector destination)
        {
            Read(offset, destination);
            return true;
        }

        public void Write(long offset, IoVector source) => throw new InvalidOperationException("A base was written.");

        public void WriteZeroes(long offset, long length, bool mayDeallocate) => throw new InvalidOperationException("A base was written.");

        public void Discard(long offset, long length) => throw new InvalidOperationException("A base was written.");

        public void Flush()
        {
            // Nothing is ever written.
        }

        public void Dispose()
        {
            // Memory only.
        }
    }
}
