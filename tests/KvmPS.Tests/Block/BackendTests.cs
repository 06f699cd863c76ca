using KvmPS.Core.Block;
using KvmPS.Native;
using Xunit;
using Errno = KvmPS.Native.Interop.Errno;

namespace KvmPS.Tests.Block;

/// <summary>Each backend against an array, with many threads, and with a host that fails.</summary>
public sealed class BackendTests : IDisposable
{
    private const int Sector = 512;
    private const int Cluster = 1 << 16;
    private const int Size = (40 * Cluster) + (3 * Sector); // the last cluster is not whole

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("raw", 1)]
    [InlineData("raw", 2)]
    [InlineData("direct", 3)]
    [InlineData("through", 4)]
    [InlineData("guessed", 5)]
    [InlineData("memory", 6)]
    [InlineData("memory", 7)]
    [InlineData("overlay", 8)]
    [InlineData("overlay", 9)]
    [InlineData("overlay of memory", 10)]
    public void Backend_holds_what_an_array_holds(string kind, int seed)
    {
        using IBlockBackend backend = Make(kind, out byte[] content);
        new ShadowDisk(backend, content, seed).Run(kind == "through" ? 300 : 1500);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("direct")]
    [InlineData("memory")]
    [InlineData("overlay")]
    public void Threads_at_different_places_do_not_disturb_each_other(string kind)
    {
        using IBlockBackend backend = Make(kind, out byte[] content);
        const int workers = 4;
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            var random = new Random(worker);
            for (int i = 0; i < 500; i++)
            {
                int sector = (random.Next(Size / Sector / workers) * workers) + worker; // every fourth sector is this worker's
                byte[] bytes = TestBytes.Pattern(Sector, i + worker);
                if (random.Next(4) == 0) Array.Clear(bytes);
                if (bytes[0] == 0) backend.WriteZeroes((long)sector * Sector, Sector, mayDeallocate: true);
                else backend.WriteBytes((long)sector * Sector, bytes);
                bytes.CopyTo(content, sector * Sector);
                Assert.Equal(bytes, backend.ReadBytes((long)sector * Sector, Sector));
            }
        });
        new ShadowDisk(backend, content, 0).Compare();
    }

    [Fact]
    public void Raw_file_of_odd_length_ends_in_zeroes_and_grows_by_a_write_to_its_last_sector()
    {
        using var raw = new RawImage(Host(_folder.File("disk", TestBytes.Pattern(1000))), readOnly: false);
        Assert.Equal(1024, raw.Length);
        Assert.Equal([.. TestBytes.Pattern(1000)[512..], .. new byte[24]], raw.ReadBytes(512, 512));
        Assert.Equal(new BlockExtent(1024, BlockExtentKind.Data, 0), raw.Map(0));
        raw.WriteBytes(512, TestBytes.Pattern(512, 9));
        Assert.Equal(TestBytes.Pattern(512, 9), File.ReadAllBytes(_folder["disk"])[512..]);
    }

    [Fact]
    public void Raw_disk_gives_room_back_and_knows_its_holes()
    {
        using HostImageFile file = Host(_folder.File("disk", TestBytes.Pattern(8 * Cluster)));
        using var raw = new RawImage(file, readOnly: false);
        long before = file.File.AllocatedLength;
        raw.Discard(Cluster, 2 * Cluster);
        raw.WriteZeroes(4 * Cluster, Cluster, mayDeallocate: true);
        long after = file.File.AllocatedLength;
        Assert.InRange(after, 0, before - (3 * Cluster) + (2 * GuestMemory.PageSize)); // the file system may need blocks for its list of them
        raw.WriteZeroes(6 * Cluster, Cluster, mayDeallocate: false);
        Assert.True(file.File.AllocatedLength >= after);
        Assert.Equal(new byte[Cluster], raw.ReadBytes(6 * Cluster, Cluster));
        Assert.Equal(new BlockExtent(Cluster, BlockExtentKind.Data, 0), raw.Map(0));
        Assert.Equal(new BlockExtent(2 * Cluster, BlockExtentKind.Zero, -1), raw.Map(Cluster));
        Assert.Equal(new BlockExtent(Cluster - Sector, BlockExtentKind.Zero, -1), raw.Map((2 * Cluster) + Sector));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_only_disk_refuses_every_change(bool fileIsWritable)
    {
        string path = _folder.File("disk", TestBytes.Pattern(1024));
        using var raw = new RawImage(new HostImageFile(DiskFile.Open(path, fileIsWritable ? DiskFileModes.Write : DiskFileModes.None)), readOnly: fileIsWritable);
        Assert.True(raw.IsReadOnly);
        Assert.Equal("EROFS", Assert.Throws<HostIOException>(() => raw.WriteBytes(0, new byte[512])).ErrnoName);
        Assert.Equal("EROFS", Assert.Throws<HostIOException>(() => raw.WriteZeroes(0, 512, mayDeallocate: true)).ErrnoName);
        Assert.Equal("EROFS", Assert.Throws<HostIOException>(() => raw.Discard(0, 512)).ErrnoName);
        Assert.Equal(TestBytes.Pattern(1024), raw.ReadBytes(0, 1024));
    }

    [Theory]
    [InlineData("raw", Errno.EIO)]
    [InlineData("raw", Errno.ENOSPC)]
    [InlineData("through", Errno.ENOSPC)]
    [InlineData("overlay", Errno.EIO)]
    public void Failing_host_is_an_error_each_time_and_loses_nothing_written_before(string kind, int errno)
    {
        var file = new FaultyImageFile(Host(_folder.File("disk", TestBytes.Pattern(4 * Cluster))));
        using IBlockBackend backend = kind switch
        {
            "through" => new WriteThroughDisk(new RawImage(file, readOnly: false)),
            "overlay" => new OverlayDisk(new RawImage(file, readOnly: true)),
            _ => new RawImage(file, readOnly: false),
        };
        byte[] written = TestBytes.Pattern(Sector, 7);
        backend.WriteBytes(Cluster + Sector, written);
        backend.Flush();

        file.Errno = errno;
        Assert.Equal(errno, Assert.Throws<HostIOException>(() => backend.ReadBytes(0, Sector)).Errno);
        Assert.Equal(errno, Assert.Throws<HostIOException>(() => backend.WriteBytes(2 * Cluster, written)).Errno);
        Assert.Equal(errno, Assert.Throws<HostIOException>(() => backend.WriteZeroes(2 * Cluster, Sector, mayDeallocate: true)).Errno);
        if (kind != "overlay") Assert.Equal(errno, Assert.Throws<HostIOException>(backend.Flush).Errno);
        file.Errno = 0;

        Assert.Equal(written, backend.ReadBytes(Cluster + Sector, Sector));
        Assert.Equal(TestBytes.Pattern(4 * Cluster)[(2 * Cluster)..(3 * Cluster)], backend.ReadBytes(2 * Cluster, Cluster));
        backend.WriteBytes(2 * Cluster, written);
        Assert.Equal(written, backend.ReadBytes(2 * Cluster, Sector));
        backend.Dispose();
        Assert.True(file.IsDisposed);
    }

    [Fact]
    public void Memory_disk_takes_room_for_what_is_written_alone()
    {
        using var disk = new MemoryDisk(1L << 50);
        disk.WriteBytes((1L << 50) - Sector, TestBytes.Pattern(Sector));
        disk.WriteBytes(0, TestBytes.Pattern(Sector));
        Assert.Equal(2 * Cluster, disk.AllocatedLength);
        Assert.Equal(Cluster, disk.Map(0).Length);
        Assert.Equal(BlockExtentKind.Zero, disk.Map(Cluster).Kind);
        disk.Discard(0, disk.Length);
        Assert.Equal(0, disk.AllocatedLength);
        Assert.Equal(new byte[Sector], disk.ReadBytes((1L << 50) - Sector, Sector));
    }

    [Fact]
    public void End_of_the_longest_disk_is_in_reach()
    {
        using var disk = new OverlayDisk(new MemoryDisk(long.MaxValue & -Sector));
        disk.WriteBytes(disk.Length - Sector, TestBytes.Pattern(Sector));
        Assert.Equal(TestBytes.Pattern(Sector), disk.ReadBytes(disk.Length - Sector, Sector));
        Assert.Equal(new BlockExtent(Sector, BlockExtentKind.Data, -1), disk.Map(disk.Length - Sector));
        Assert.Equal(new byte[Sector], disk.ReadBytes(disk.Length - (2 * Sector), Sector));
        Assert.InRange(disk.Map(disk.Length - (4 * Cluster)).Length, Cluster, 4 * Cluster);
    }

    [Fact]
    public void Overlay_never_writes_its_base_and_merges_into_a_disk()
    {
        byte[] content = TestBytes.Pattern(Size);
        string path = _folder.File("disk", content);
        byte[] expected;
        using (var overlay = new OverlayDisk(new RawImage(Host(path), readOnly: false)))
        {
            var shadow = new ShadowDisk(overlay, content, 11);
            shadow.Run(400);
            expected = shadow.Bytes;
            Assert.Equal(TestBytes.Pattern(Size), File.ReadAllBytes(path)[..Size]);
            using var target = new RawImage(Host(path), readOnly: false);
            overlay.MergeInto(target);
            shadow.Compare();
            using var shorter = new MemoryDisk(Sector);
            Assert.Throws<ArgumentOutOfRangeException>(() => overlay.MergeInto(shorter));
        }

        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Fact]
    public void Overlay_at_its_limit_has_no_space_for_more_and_keeps_what_it_has()
    {
        var below = new MemoryDisk(64 * Cluster);
        below.WriteBytes(40 * Cluster, TestBytes.Pattern(Cluster));
        using var overlay = new OverlayDisk(below, 2 * Cluster);
        overlay.WriteBytes(0, TestBytes.Pattern(Sector));
        overlay.WriteBytes(10 * Cluster, TestBytes.Pattern(Cluster));
        Assert.True(Assert.Throws<HostIOException>(() => overlay.WriteBytes(20 * Cluster, TestBytes.Pattern(Sector))).IsNoSpace);
        Assert.True(Assert.Throws<HostIOException>(() => overlay.WriteZeroes(40 * Cluster, Cluster, mayDeallocate: true)).IsNoSpace);
        Assert.Equal(2 * Cluster, overlay.AllocatedLength);
        overlay.WriteBytes(Sector, TestBytes.Pattern(Sector, 3)); // in a cluster that is there
        Assert.Equal(TestBytes.Pattern(Sector, 3), overlay.ReadBytes(Sector, Sector));
        overlay.Discard(10 * Cluster, Cluster);
        Assert.InRange(overlay.AllocatedLength, Cluster, (2 * Cluster) - 1);
        Assert.Equal(new byte[Cluster], overlay.ReadBytes(10 * Cluster, Cluster));
        Assert.Equal(TestBytes.Pattern(Cluster), overlay.ReadBytes(40 * Cluster, Cluster));
    }

    [Fact]
    public void Write_through_flushes_before_each_write_ends_and_fails_with_the_flush()
    {
        var file = new FaultyImageFile(Host(_folder.Sparse("disk", Cluster)));
        using var disk = new WriteThroughDisk(new RawImage(file, readOnly: false));
        disk.WriteBytes(0, TestBytes.Pattern(Sector));
        Assert.Equal(1, file.Flushes);
        disk.WriteZeroes(0, Sector, mayDeallocate: true);
        Assert.Equal(2, file.Flushes);
        disk.ReadBytes(0, Sector);
        disk.Discard(0, Sector);
        Assert.Equal(2, file.Flushes);
        disk.Flush();
        Assert.Equal(3, file.Flushes);
        file.FlushErrno = Errno.EIO;
        Assert.Equal(Errno.EIO, Assert.Throws<HostIOException>(() => disk.WriteBytes(0, TestBytes.Pattern(Sector))).Errno);
    }

    [Fact]
    public void Unsafe_file_flushes_nothing_and_the_others_do()
    {
        using HostImageFile unsafeFile = new(DiskFile.Open(_folder.Sparse("disk", 512), DiskFileModes.Write), isUnsafe: true);
        unsafeFile.File.Dispose();
        unsafeFile.Flush(); // it does not even ask
        using HostImageFile file = Host(_folder["disk"]);
        file.File.Dispose();
        Assert.Throws<ObjectDisposedException>(file.Flush);
    }

    [Fact]
    public void Guest_cannot_make_a_guessed_raw_disk_look_like_an_image()
    {
        using var disk = new GuessedRawDisk(new MemoryDisk(Cluster), "disk");
        byte[] evil = TestBytes.Pattern(2 * Sector);
        "QFI"u8.CopyTo(evil);
        evil[3] = 0xFB;
        ImageNotSupportedException refusal = Assert.Throws<ImageNotSupportedException>(() => disk.WriteBytes(0, evil));
        Assert.Contains("qcow2", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(new byte[Sector], disk.ReadBytes(0, Sector));
        disk.WriteBytes(Sector, evil);
        Assert.Equal(evil, disk.ReadBytes(Sector, 2 * Sector));
        disk.WriteBytes(0, TestBytes.Pattern(3 * Sector));
        Assert.Equal(TestBytes.Pattern(3 * Sector), disk.ReadBytes(0, 3 * Sector));
    }

    private IBlockBackend Make(string kind, out byte[] content)
    {
        content = kind.Contains("memory", StringComparison.Ordinal) ? new byte[Size] : TestBytes.Pattern(Size);
        if (kind == "memory") return new MemoryDisk(Size);
        if (kind == "overlay of memory") return new OverlayDisk(new MemoryDisk(Size));
        var raw = new RawImage(new HostImageFile(DiskFile.Open(_folder.File("disk", content), DiskFileModes.Write | (kind == "direct" ? DiskFileModes.Direct : DiskFileModes.None))), readOnly: false);
        return kind switch
        {
            "overlay" => new OverlayDisk(raw),
            "through" => new WriteThroughDisk(raw),
            "guessed" => new GuessedRawDisk(raw, "disk"),
            _ => raw,
        };
    }

    private static HostImageFile Host(string path) => new(DiskFile.Open(path, DiskFileModes.Write));
}
