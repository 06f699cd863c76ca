using KvmPS.Core.Block;
using KvmPS.Native;
using KvmPS.Tests.Block.Qcow2;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>The opening of images: formats, chains, locks, overlays, cache modes, and what is refused.</summary>
[Collection(nameof(ExclusiveCollection))]
public sealed class DiskImagesTests : IDisposable
{
    private const int Size = 1 << 20;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DiskCacheMode.WriteBack)]
    [InlineData(DiskCacheMode.WriteThrough)]
    [InlineData(DiskCacheMode.Direct)]
    [InlineData(DiskCacheMode.Unsafe)]
    public void Every_cache_mode_writes_and_reads(DiskCacheMode mode)
    {
        using (OpenedDisk disk = Open(_folder.Sparse("disk", Size), new DiskOpenOptions { CacheMode = mode, Format = DiskImageFormat.Raw }))
        {
            Assert.False(disk.FormatGuessed);
            Assert.Equal(mode is DiskCacheMode.WriteBack or DiskCacheMode.Unsafe, disk.Backend.WritesAtOnce);
            new ShadowDisk(disk.Backend, new byte[Size], (int)mode).Run(200);
            disk.Backend.WriteBytes(0, TestBytes.Pattern(4096));
        }

        Assert.Equal(TestBytes.Pattern(4096), File.ReadAllBytes(_folder["disk"])[..4096]);
    }

    [Fact]
    public void Guess_is_told_and_guarded()
    {
        using OpenedDisk disk = Open(_folder.Sparse("disk", Size), new DiskOpenOptions());
        Assert.True(disk.FormatGuessed);
        Assert.Equal(DiskImageFormat.Raw, disk.Format);
        Assert.Equal(new DiskLayer(_folder["disk"], DiskImageFormat.Raw, true, true), Assert.Single(disk.Chain));
        Assert.Throws<ImageNotSupportedException>(() => disk.Backend.WriteBytes(0, [.. "QFI"u8, 0xFB, .. new byte[508]]));
    }

    [Theory]
    [InlineData("KDMV", "VMDK")]
    [InlineData("# Disk DescriptorFile", "VMDK")]
    [InlineData("vhdxfile", "VHDX")]
    [InlineData("conectix", "VHD")]
    [InlineData("QED\0", "QED")]
    public void Other_formats_are_refused_by_name_unless_raw_is_given(string mark, string name)
    {
        NativeCounts before = NativeCounts.Now();
        string path = _folder.File("disk", [.. System.Text.Encoding.ASCII.GetBytes(mark), .. new byte[1000]]);
        Assert.Contains(name, Assert.Throws<ImageNotSupportedException>(() => Open(path, new DiskOpenOptions())).Message, StringComparison.Ordinal);
        Assert.Equal(before, NativeCounts.Now());
        using OpenedDisk disk = Open(path, new DiskOpenOptions { Format = DiskImageFormat.Raw });
        Assert.Equal((byte)mark[0], disk.Backend.ReadBytes(0, 512)[0]);
    }

    [Fact]
    public void VDI_and_LUKS_are_known_by_their_marks()
    {
        byte[] vdi = new byte[512];
        ((byte[])[0x7F, 0x10, 0xDA, 0xBE]).CopyTo(vdi, 64);
        Assert.Equal("VDI", ImageProbe.NameOf(vdi));
        Assert.Equal("LUKS", ImageProbe.NameOf([.. "LUKS"u8, 0xBA, 0xBE, .. new byte[100]]));
        Assert.Null(ImageProbe.NameOf(TestBytes.Pattern(512)));
        Assert.Null(ImageProbe.NameOf([]));
    }

    [Fact]
    public void Writer_is_alone_and_readers_and_ephemeral_disks_share()
    {
        string path = _folder.Sparse("disk", Size);
        using (Open(path, new DiskOpenOptions()))
        {
            Assert.Throws<ImageLockedException>(() => Open(path, new DiskOpenOptions()));
            Assert.Throws<ImageLockedException>(() => Open(path, new DiskOpenOptions { ReadOnly = true }));
            Assert.Throws<ArgumentException>(() => Open(path, new DiskOpenOptions { IgnoreLocks = true }));
            using OpenedDisk look = Open(path, new DiskOpenOptions { ReadOnly = true, IgnoreLocks = true });
            Assert.False(look.Chain[0].IsLocked);
        }

        using OpenedDisk reader = Open(path, new DiskOpenOptions { ReadOnly = true });
        using OpenedDisk first = Open(path, new DiskOpenOptions { Ephemeral = true });
        using OpenedDisk second = Open(path, new DiskOpenOptions { Ephemeral = true, EphemeralLimit = 0 });
        first.Backend.WriteBytes(0, TestBytes.Pattern(512));
        Assert.Equal(new byte[512], reader.Backend.ReadBytes(0, 512));
        Assert.True(reader.Backend.IsReadOnly);
        Assert.True(Assert.Throws<HostIOException>(() => second.Backend.WriteBytes(0, TestBytes.Pattern(512))).IsNoSpace);
        Assert.Throws<ImageLockedException>(() => Open(path, new DiskOpenOptions()));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    [InlineData("compressed")]
    [InlineData("chain")]
    public void Layer_of_an_ephemeral_disk_is_merged_while_the_disk_stays_open(string kind)
    {
        NativeCounts before = NativeCounts.Now();
        string path = BaseOf(kind);
        byte[] pattern = TestBytes.Pattern(Size);
        using (OpenedDisk disk = Open(path, new DiskOpenOptions { Ephemeral = true }))
        {
            var shadow = new ShadowDisk(disk.Backend, pattern, 5);
            for (int round = 0; round < 8; round++)
            {
                shadow.Run(2); // reads, too, which are right whatever the image's tables have become
                byte[] written = TestBytes.Pattern(512, seed: round);
                disk.Backend.WriteBytes(round * 4096, written);
                written.CopyTo(pattern, round * 4096);
                int refused = 0;
                disk.MergeLayer((_, _) => refused += IsRefused(path) ? 1 : 0, CancellationToken.None);
                Assert.NotEqual(0, refused);
                Assert.Equal(0, ((OverlayDisk)disk.Backend).AllocatedLength);
                shadow.Compare();
                using OpenedDisk reader = Open(path, new DiskOpenOptions { ReadOnly = true });
                Assert.Equal(disk.Backend.ReadBytes(0, Size), reader.Backend.ReadBytes(0, Size));
                Assert.Throws<ImageLockedException>(() => Open(path, new DiskOpenOptions()));
            }

            byte[] kept = disk.Backend.ReadBytes(0, Size);
            disk.Backend.WriteBytes(0, TestBytes.Pattern(4096, seed: 9));
            using OpenedDisk other = Open(path, new DiskOpenOptions { ReadOnly = true });
            Assert.Equal(kept, other.Backend.ReadBytes(0, Size)); // it is a layer again
        }

        if (kind != "raw") QemuTools.Check(path);
        Open(path, new DiskOpenOptions()).Dispose();
        Assert.Equal(before, NativeCounts.Now());
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("compressed")]
    public void Merge_that_ends_early_changes_nothing_that_the_guest_sees(string kind)
    {
        string path = BaseOf(kind);
        using OpenedDisk disk = Open(path, new DiskOpenOptions { Ephemeral = true });
        using (OpenedDisk reader = Open(path, new DiskOpenOptions { ReadOnly = true }))
        {
            disk.Backend.WriteBytes(512, TestBytes.Pattern(512, seed: 1));
            Assert.Throws<ImageLockedException>(() => disk.MergeLayer(null, CancellationToken.None));
            Open(path, new DiskOpenOptions { ReadOnly = true }).Dispose(); // both are readers, as before
        }

        for (int at = 0; at < Size; at += Size / 4) disk.Backend.WriteBytes(at, TestBytes.Pattern(1024, seed: at));
        byte[] seen = disk.Backend.ReadBytes(0, Size);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => disk.MergeLayer((done, all) => { if (done > all / 2) cancellation.Cancel(); }, cancellation.Token));
        Assert.Equal(seen, disk.Backend.ReadBytes(0, Size));
        disk.MergeLayer(null, CancellationToken.None);
        using OpenedDisk merged = Open(path, new DiskOpenOptions { ReadOnly = true });
        Assert.Equal(seen, merged.Backend.ReadBytes(0, Size));
    }

    [Fact]
    public void Merge_is_for_the_file_that_was_opened_and_for_layers_in_memory()
    {
        string path = _folder.Sparse("disk", Size);
        using OpenedDisk disk = Open(path, new DiskOpenOptions { Ephemeral = true });
        disk.Backend.WriteBytes(0, TestBytes.Pattern(512));
        File.Move(path, path + ".old");
        _folder.Sparse("disk", Size);
        Assert.Contains("not the file any more", Assert.Throws<IOException>(() => disk.MergeLayer(null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Equal(new byte[512], File.ReadAllBytes(path)[..512]);
        File.Move(path + ".old", path, overwrite: true);
        disk.MergeLayer(null, CancellationToken.None);
        Assert.Equal(TestBytes.Pattern(512), File.ReadAllBytes(path)[..512]);
        using OpenedDisk plain = Open(_folder.Sparse("plain", Size), new DiskOpenOptions());
        Assert.Throws<InvalidOperationException>(() => plain.MergeLayer(null, CancellationToken.None));
    }

    [Fact]
    public void Chain_is_resolved_from_the_folder_of_each_image_and_closed_with_the_disk()
    {
        NativeCounts before = NativeCounts.Now();
        Directory.CreateDirectory(_folder["sub"]);
        _folder.File("base.raw", TestBytes.Pattern(Size));
        Create(_folder["sub/middle"], "../base.raw", "raw");
        Create(_folder["top"], "sub/middle", "qcow2");
        using (OpenedDisk disk = Open(_folder["top"], new DiskOpenOptions { Ephemeral = true }))
        {
            Assert.Equal(
                [new(_folder["top"], DiskImageFormat.Qcow2, true, true), new(_folder["sub/middle"], DiskImageFormat.Qcow2, false, true), new DiskLayer(_folder["base.raw"], DiskImageFormat.Raw, false, true)],
                disk.Chain);
            new ShadowDisk(disk.Backend, TestBytes.Pattern(Size), 3).Run(300);
            Assert.Throws<ImageLockedException>(() => Open(_folder["base.raw"], new DiskOpenOptions()));
        }

        Open(_folder["base.raw"], new DiskOpenOptions()).Dispose();
        Assert.Equal(before, NativeCounts.Now());
    }

    [Theory]
    [InlineData("top", "comes back to it")]
    [InlineData("json:{\"driver\":\"file\"}", "json:")]
    [InlineData("nbd://host/x", "nbd:")]
    [InlineData("http://host/x", "http:")]
    [InlineData("file:top", "file:")]
    [InlineData("pipe", "EINVAL")]
    [InlineData("/dev/null", "EINVAL")]
    [InlineData("/dev/zero", "EINVAL")]
    [InlineData(".", "EISDIR")]
    [InlineData("nothing", "ENOENT")]
    public void Backing_file_that_is_none_is_refused_at_once_and_all_is_closed(string backing, string reason)
    {
        NativeCounts before = NativeCounts.Now();
        NamedPipe.Make(_folder["pipe"]);
        Create(_folder["top"], backing, "qcow2");
        IOException refusal = Assert.ThrowsAny<IOException>(() => Open(_folder["top"], new DiskOpenOptions { ReadOnly = true }));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, NativeCounts.Now());
        using DiskFile file = DiskFile.Open(_folder["top"], DiskFileModes.Write);
        Assert.True(ImageLock.TryTake(file, forWriting: true));
    }

    [Fact]
    public void Backing_format_that_is_not_read_is_refused()
    {
        _folder.Sparse("base", Size);
        Create(_folder["top"], "base", "vmdk");
        Assert.Contains("vmdk", Assert.Throws<ImageNotSupportedException>(() => Open(_folder["top"], new DiskOpenOptions { ReadOnly = true })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImageChain.MaximumDepth, true)]
    [InlineData(ImageChain.MaximumDepth + 1, false)]
    public void Chain_may_have_64_images_and_no_more(int depth, bool opens)
    {
        for (int i = 0; i < depth; i++) Create(_folder[$"{i}"], i + 1 < depth ? $"{i + 1}" : null, "qcow2");
        if (opens) Assert.Equal(depth, OpenAndCount(_folder["0"]));
        else Assert.Contains("64 images", Assert.Throws<ImageNotSupportedException>(() => OpenAndCount(_folder["0"])).Message, StringComparison.Ordinal);
    }

    private static int OpenAndCount(string path)
    {
        using OpenedDisk disk = Open(path, new DiskOpenOptions { ReadOnly = true });
        return disk.Chain.Count;
    }

    private static OpenedDisk Open(string path, DiskOpenOptions options) => DiskImages.Open(path, options);

    /// <summary>An empty qcow2 image by QEMU, which does not look for the backing file.</summary>
    private static void Create(string path, string? backing, string format)
    {
        string[] below = backing is null ? [] : ["-u", "-b", backing, "-F", format];
        (int exitCode, _, string error) = HostTool.Run("qemu-img", ["create", "-q", "-f", "qcow2", .. below, path, "1M"]);
        Assert.SkipWhen(exitCode == 127, "There is no qemu-img on this host (Debian package qemu-utils).");
        Assert.Equal((0, ""), (exitCode, error));
    }

    private static bool IsRefused(string path)
    {
        try
        {
            Open(path, new DiskOpenOptions { ReadOnly = true }).Dispose();
            return false;
        }
        catch (ImageLockedException)
        {
            return true;
        }
    }

    /// <summary>An image with a pattern, below an ephemeral disk.</summary>
    private string BaseOf(string kind)
    {
        string raw = _folder.File("raw", TestBytes.Pattern(Size));
        string path = _folder["image"];
        switch (kind)
        {
            case "qcow2":
                QemuTools.Img("convert", "-f", "raw", "-O", "qcow2", raw, path);
                return path;
            case "compressed": // its clusters are moved by every write
                QemuTools.Img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=256k", raw, path);
                return path;
            case "chain":
                QemuTools.Img("create", "-f", "qcow2", "-b", raw, "-F", "raw", path);
                return path;
            default:
                return raw;
        }
    }
}
