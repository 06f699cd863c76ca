using System.Buffers.Binary;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;
using KvmPS.Tests.Block.Qcow2;
using Xunit;

namespace KvmPS.Tests.Block.Files;

/// <summary>What is done with image files as a whole: look, copy, resize, check, merge.</summary>
public sealed class ImageFilesTests : IDisposable
{
    private const int Size = 8 << 20;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_look_sees_who_uses_an_image_and_is_in_nobody_s_way()
    {
        string path = Make("a", DiskImageFormat.Raw);
        Assert.Null(ImageInspector.Look(path).Use);
        using (DiskFile reader = DiskFile.Open(path, DiskFileModes.None))
        {
            Assert.True(ImageLock.TryTake(reader, forWriting: false));
            Assert.Equal(new ImageUse(IsWritten: false, "this process"), ImageInspector.Look(path).Use);
        }

        using OpenedDisk writer = DiskImages.Open(path, new DiskOpenOptions());
        Assert.Equal(new ImageUse(IsWritten: true, "this process"), ImageInspector.Look(path).Use);
    }

    [Fact]
    public void A_chain_that_comes_back_to_itself_ends()
    {
        string path = _folder["a"];
        using (var file = NewFile.Begin(path, replace: false))
        {
            ImageMaker.Create(file, new ImagePlan { Format = DiskImageFormat.Qcow2, Size = Size, BackingName = "a", BackingFormat = DiskImageFormat.Qcow2 });
            file.Commit();
        }

        ImageFacts facts = ImageInspector.Look(path);
        Assert.Equal(2, facts.Chain.Count);
        Assert.Contains("comes back", facts.Chain[1].Problem, StringComparison.Ordinal);
        Assert.Equal(ImageDamage.Chain, Assert.Single(ImageDoctor.Check(path)).Damage);
    }

    [Fact]
    public void A_copy_that_is_cancelled_leaves_nothing()
    {
        string source = _folder.File("a", TestBytes.Pattern(Size));
        using var cancellation = new CancellationTokenSource();
        using (OpenedDisk disk = DiskImages.Open(source, new DiskOpenOptions { ReadOnly = true }))
        using (var file = NewFile.Begin(_folder["b"], replace: false))
        {
            Assert.Throws<OperationCanceledException>(() => ImageMaker.Copy(disk.Backend, file, Plan(DiskImageFormat.Qcow2), (_, _) => cancellation.Cancel(), cancellation.Token));
        }

        Assert.Equal([source], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw)]
    [InlineData(DiskImageFormat.Qcow2)]
    public void A_merge_gives_the_base_what_the_overlay_has_and_nothing_else(DiskImageFormat format)
    {
        string below = Make("base", format);
        string top = Over("top", "base", format, Size + 4096);
        byte[] expected = new byte[Size + 4096];
        Write(below, 0, TestBytes.Pattern(200_000), expected);
        Write(top, 150_000 & -512, TestBytes.Pattern(5120, seed: 2), expected);
        Write(top, Size, TestBytes.Pattern(4096, seed: 3), expected);
        using (OpenedDisk disk = DiskImages.Open(top, new DiskOpenOptions()))
        {
            disk.Backend.WriteZeroes(0, 1 << 17, mayDeallocate: true);
            disk.Backend.Flush();
        }

        expected.AsSpan(0, 1 << 17).Clear();
        Assert.Equal(expected, Read(top));
        Assert.Equal(below, ImageMerger.Merge(top, remove: false, warn: null, progress: null, TestContext.Current.CancellationToken));
        Assert.Equal(expected, Read(below));
        Assert.Equal(expected, Read(top));
        Assert.Empty(ImageDoctor.Check(top));
        Assert.Equal(BlockExtentKind.Backing, Map(top).Kind);
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
        if (format == DiskImageFormat.Qcow2) QemuTools.Check(below);
    }

    [Fact]
    public void A_merge_that_is_cancelled_changes_nothing_that_is_seen_through_the_overlay()
    {
        Make("base", DiskImageFormat.Raw);
        string top = Over("top", "base", DiskImageFormat.Raw, Size);
        byte[] expected = new byte[Size];
        Write(top, 0, TestBytes.Pattern(Size), expected);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => ImageMerger.Merge(top, remove: true, warn: null, (done, _) => { if (done > Size / 2) cancellation.Cancel(); }, cancellation.Token));
        Assert.Equal(expected, Read(top));
        ImageMerger.Merge(top, remove: true, warn: null, progress: null, TestContext.Current.CancellationToken);
        Assert.False(File.Exists(top));
        Assert.Equal(expected, Read(_folder["base"]));
    }

    [Fact]
    public void A_merge_by_a_link_goes_where_the_overlay_leads_when_it_is_opened_by_it()
    {
        Directory.CreateDirectory(_folder["here"]);
        Directory.CreateDirectory(_folder["there"]);
        string right = Make("here/base", DiskImageFormat.Raw);
        string wrong = Make("there/base", DiskImageFormat.Raw);
        string top = Over("there/top", "base", DiskImageFormat.Raw, Size);
        string link = File.CreateSymbolicLink(_folder["here/link"], top).FullName;
        byte[] expected = new byte[Size];
        Write(link, 0, TestBytes.Pattern(4096), expected);
        Assert.Equal(right, ImageMerger.Merge(link, remove: false, warn: null, progress: null, TestContext.Current.CancellationToken));
        Assert.Equal(expected, Read(right));
        Assert.Equal(new byte[Size], Read(wrong));
        Assert.Equal(expected, Read(link));
    }

    [Fact]
    public void A_merge_waits_for_nobody()
    {
        string below = Make("base", DiskImageFormat.Raw);
        string top = Over("top", "base", DiskImageFormat.Raw, Size);
        using (DiskImages.Open(below, new DiskOpenOptions { ReadOnly = true })) Assert.Throws<ImageLockedException>(() => Merge(top));
        using (DiskImages.Open(top, new DiskOpenOptions { ReadOnly = true })) Assert.Throws<ImageLockedException>(() => Merge(top));
        Assert.Throws<MergeRefusedException>(() => Merge(below));
        Assert.Throws<MergeRefusedException>(() => Merge(Make("alone", DiskImageFormat.Qcow2)));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.partial"));
    }

    [Fact]
    public void A_merge_says_what_it_does_not_keep_before_anything_changes()
    {
        string below = Make("base", DiskImageFormat.Raw);
        string top = Over("top", "base", DiskImageFormat.Raw, Size * 2);
        Write(top, 0, TestBytes.Pattern(4096), new byte[Size * 2]);
        AddHeaderExtension(top, 0x4b564d21);
        QemuTools.Img("bitmap", "--add", top, "nightly");
        byte[] before = Read(top);
        Assert.Throws<InvalidOperationException>(() => ImageMerger.Merge(top, remove: true, static _ => throw new InvalidOperationException(), progress: null, TestContext.Current.CancellationToken));
        Assert.Equal(Size, new FileInfo(below).Length);
        Assert.Equal(before, Read(top));

        var warnings = new List<string>();
        ImageMerger.Merge(top, remove: false, warnings.Add, progress: null, TestContext.Current.CancellationToken);
        Assert.Equal(2, warnings.Count);
        Assert.Contains("'nightly'", warnings[0], StringComparison.Ordinal);
        Assert.Contains("0x4b564d21", warnings[1], StringComparison.Ordinal);
        Assert.Equal(before, Read(below));
        ImageMerger.Merge(top, remove: false, static loss => Assert.Fail(loss), progress: null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_merge_says_that_the_bitmaps_of_the_base_no_longer_hold()
    {
        string below = Make("base", DiskImageFormat.Qcow2);
        QemuTools.Img("bitmap", "--add", below, "nightly");
        string top = Over("top", "base", DiskImageFormat.Qcow2, Size);
        Write(top, 0, TestBytes.Pattern(4096), new byte[Size]);
        Assert.Throws<InvalidOperationException>(() => ImageMerger.Merge(top, remove: true, static _ => throw new InvalidOperationException(), progress: null, TestContext.Current.CancellationToken));
        Assert.True(HasBitmaps(below));

        var warnings = new List<string>();
        ImageMerger.Merge(top, remove: false, warnings.Add, progress: null, TestContext.Current.CancellationToken);
        Assert.Contains("('nightly')", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.False(HasBitmaps(below));
        QemuTools.Check(below, allowLeaks: true); // the clusters of the bitmap belong to nobody now
        ImageMerger.Merge(top, remove: false, static loss => Assert.Fail(loss), progress: null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_resize_takes_the_bitmaps_back_before_it_changes_the_size()
    {
        string path = Make("a", DiskImageFormat.Qcow2);
        QemuTools.Img("bitmap", "--add", path, "nightly");
        using (OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions())) Assert.True(HasBitmaps(path)); // as long as nothing is written
        Assert.True(HasBitmaps(path));
        using (OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions())) ImageSizes.Resize(disk, Size * 2);
        Assert.False(HasBitmaps(path));
        QemuTools.Check(path, allowLeaks: true);
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw)]
    [InlineData(DiskImageFormat.Qcow2)]
    public void An_image_is_resized_while_it_is_open(DiskImageFormat format)
    {
        string path = Make("a", format);
        using OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions()); // of a raw one the format is a guess
        ImageSizes.Resize(disk, Size * 2);
        disk.Backend.WriteBytes((Size * 2) - 512, TestBytes.Pattern(512));
        Assert.Equal(TestBytes.Pattern(512), disk.Backend.ReadBytes((Size * 2) - 512, 512));
        Assert.Equal((Size * 2L, Size * 2L), (disk.Backend.Length, ImageInspector.Look(path).VirtualSize));
    }

    [Fact]
    public void A_damaged_image_is_found_and_mended()
    {
        string path = Make("a", DiskImageFormat.Qcow2);
        Write(path, 0, TestBytes.Pattern(300_000 & -512), new byte[Size]);
        Assert.Empty(ImageDoctor.Check(path));
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = (2 << 16) + 12; // the refcounts of clusters in the first refcount block, one of them too high and one too low
            file.Write([0, 7, 0, 0]);
            file.Position = (2 << 16) + 200; // and of one that nobody uses
            file.Write([0, 1]);
        }

        Assert.Equal([ImageDamage.Leak, ImageDamage.Corruption], ImageDoctor.Check(path).Select(static problem => problem.Damage).Distinct().Order());
        (Qcow2CheckResult before, Qcow2CheckResult after) = ImageDoctor.Repair(path, Qcow2RepairModes.All)!.Value;
        Assert.False(before.IsClean);
        Assert.True(after.IsClean);
        Assert.Empty(ImageDoctor.Check(path));
        Assert.Null(ImageDoctor.Repair(Make("raw", DiskImageFormat.Raw), Qcow2RepairModes.All));
    }

    [Theory]
    [InlineData("/images/a.qcow2", "/images/base.img", "base.img")]
    [InlineData("/images/a.qcow2", "/images/old/base.img", "old/base.img")]
    [InlineData("/images/a.qcow2", "/other/base.img", "/other/base.img")]
    [InlineData("/images/a.qcow2", "/images/b:c.img", "/images/b:c.img")]
    public void A_base_is_named_so_that_the_two_can_be_moved_together(string image, string backing, string name) => Assert.Equal(name, ImagePlan.NameFor(image, backing));

    private static void Merge(string path) => ImageMerger.Merge(path, remove: false, warn: null, progress: null, TestContext.Current.CancellationToken);

    private static ImagePlan Plan(DiskImageFormat format, long size = Size) => new() { Format = format, Size = size };

    /// <summary>Puts a section of eight bytes before those that an image has.</summary>
    private static void AddHeaderExtension(string path, uint type)
    {
        byte[] image = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(100));
        ulong name = BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(8));
        byte[] rest = image[length..2048];
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(length), type);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(length + 4), 8);
        rest.CopyTo(image, length + 16);
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(8), name + 16); // the name of the base has moved with them
        File.WriteAllBytes(path, image);
    }

    private static BlockExtent Map(string path)
    {
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        using Qcow2Image image = Qcow2Image.Open(file, backing: null, readOnly: true);
        return image.Map(0);
    }

    private static byte[] Read(string path)
    {
        using OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions { ReadOnly = true });
        return disk.Backend.ReadBytes(0, (int)disk.Backend.Length);
    }

    private static void Write(string path, int offset, byte[] bytes, byte[] shadow)
    {
        bytes = bytes[..(bytes.Length & -512)];
        bytes.CopyTo(shadow, offset);
        using OpenedDisk disk = DiskImages.Open(path, new DiskOpenOptions());
        disk.Backend.WriteBytes(offset, bytes);
        disk.Backend.Flush();
    }

    private string Make(string name, DiskImageFormat format) => Make(name, Plan(format));

    private string Over(string name, string below, DiskImageFormat format, long size) =>
        Make(name, Plan(DiskImageFormat.Qcow2, size) with { BackingName = below, BackingFormat = format });

    /// <summary>Whether the header says that the bitmaps hold: bit 0 of the autoclear features [qcow2 §Header].</summary>
    private static bool HasBitmaps(string path)
    {
        using FileStream file = File.OpenRead(path);
        file.Position = 88;
        Span<byte> features = stackalloc byte[sizeof(ulong)];
        file.ReadExactly(features);
        return (features[^1] & 1) != 0;
    }

    private string Make(string name, ImagePlan plan)
    {
        using var file = NewFile.Begin(_folder[name], replace: false);
        ImageMaker.Create(file, plan);
        file.Commit();
        return _folder[name];
    }
}
