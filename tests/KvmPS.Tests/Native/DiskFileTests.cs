using KvmPS.Native;
using KvmPS.Tests.Block;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Reading and writing files from and to vectors: ends, holes, many pieces, and what the host refuses.</summary>
public sealed class DiskFileTests : IDisposable
{
    private const int Page = GuestMemory.PageSize;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void Any_number_of_pieces_is_written_and_read_in_order(int count)
    {
        using DiskFile file = DiskFile.Open(_folder["disk"], DiskFileModes.Write | DiskFileModes.Create);
        using var buffer = new IoBuffer(count * 24);
        byte[] bytes = TestBytes.Pattern(count * 12);
        using var vector = new IoVector();
        for (int i = 0; i < count; i++) vector.Add(buffer, i * 24, 12);
        vector.CopyFrom(bytes);

        file.Write(7, vector);
        vector.Zero(0, vector.Length);
        file.Read(7, vector);

        var read = new byte[bytes.Length];
        vector.CopyTo(read);
        Assert.Equal(bytes, read);
        Assert.Equal(7 + bytes.Length, file.Length);
        Assert.Equal([.. new byte[7], .. bytes], File.ReadAllBytes(_folder["disk"]));
    }

    [Fact]
    public void Past_the_end_are_zeroes_and_nothing_grows()
    {
        using DiskFile file = DiskFile.Open(_folder.File("disk", TestBytes.Pattern(1000)), DiskFileModes.None);
        Assert.Equal([.. TestBytes.Pattern(1000)[900..], .. new byte[412]], Read(file, 900, 512));
        Assert.Equal(new byte[512], Read(file, 1000, 512));
        Assert.Equal(new byte[512], Read(file, 1L << 40, 512));
        var span = new byte[20];
        Array.Fill(span, (byte)0xEE);
        file.Read(990, span);
        Assert.Equal([.. TestBytes.Pattern(1000)[990..], .. new byte[10]], span);
        Assert.Equal(1000, file.Length);
    }

    [Fact]
    public void Empty_transfers_do_nothing()
    {
        using DiskFile file = DiskFile.Open(_folder.Sparse("disk", 512), DiskFileModes.Write);
        using var empty = new IoVector();
        file.Read(0, empty);
        file.Write(1000, empty);
        file.Write(1000, []);
        file.Read(0, []);
        Assert.True(file.TryPunchHole(0, 0));
        Assert.Equal(512, file.Length);
    }

    [Fact]
    public void Offsets_that_are_none_are_refused_and_harm_nothing()
    {
        using DiskFile file = DiskFile.Open(_folder.Sparse("disk", 512), DiskFileModes.Write);
        using var buffer = new IoBuffer(512);
        using IoVector vector = TestBytes.InPieces(buffer);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(-1, vector));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Write(long.MinValue, vector));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.TryReadCached(-1, vector));
        Assert.Equal("pwritev", Assert.Throws<HostIOException>(() => file.Write(long.MaxValue - 100, vector)).Call);
        Assert.Equal(512, file.Length);
    }

    [Fact]
    public void Holes_are_found_and_made()
    {
        using DiskFile file = DiskFile.Open(_folder.Sparse("disk", 64 * Page), DiskFileModes.Write);
        Assert.Equal(file.Length, file.NextData(0));
        Assert.Equal(0, file.NextHole(0));
        file.Write(8 * Page, TestBytes.Pattern(8 * Page));
        Assert.Equal(8 * Page, file.NextData(0));
        Assert.Equal(9 * Page, file.NextData(9 * Page));
        Assert.Equal(16 * Page, file.NextHole(8 * Page));
        Assert.Equal(file.Length, file.NextData(16 * Page));
        Assert.Equal(file.Length, file.NextData(file.Length + 1));
        long before = file.AllocatedLength;

        Assert.True(file.TryPunchHole(10 * Page, 4 * Page));

        Assert.InRange(file.AllocatedLength, 0, before - (3 * Page)); // the file system may need a block for its list of them
        Assert.Equal(10 * Page, file.NextHole(8 * Page));
        Assert.Equal(new byte[4 * Page], Read(file, 10 * Page, 4 * Page));
        Assert.Equal(64 * Page, file.Length);
    }

    [Fact]
    public void Zeroed_range_reads_as_zero_and_keeps_its_room()
    {
        using DiskFile file = DiskFile.Open(_folder.File("disk", TestBytes.Pattern(8 * Page)), DiskFileModes.Write);
        file.Flush();
        long before = file.AllocatedLength;
        Assert.SkipUnless(file.TryZeroRange(100, 3 * Page), "The file system of the temporary folder cannot zero ranges.");
        byte[] expected = TestBytes.Pattern(8 * Page);
        expected.AsSpan(100, 3 * Page).Clear();
        Assert.Equal(expected, Read(file, 0, 8 * Page));
        Assert.True(file.AllocatedLength >= before);
        Assert.True(file.TryZeroRange(100 * Page, Page));
        Assert.Equal(8 * Page, file.Length);
    }

    [Fact]
    public void Cached_read_answers_from_the_page_cache_alone()
    {
        byte[] bytes = TestBytes.Pattern(4 * Page);
        using DiskFile file = DiskFile.Open(_folder.File("disk", bytes), DiskFileModes.Write);
        using var buffer = new IoBuffer(2 * Page);
        using IoVector vector = TestBytes.InPieces(buffer);
        Read(file, 0, 4 * Page);
        Assert.SkipUnless(file.TryReadCached(Page, vector), "The file system of the temporary folder has no reads that do not wait.");
        Assert.Equal(bytes[Page..(3 * Page)], buffer.Span);
        Assert.False(file.TryReadCached(3 * Page, vector)); // it ends inside: an ordinary read knows what to do

        using var many = new IoVector();
        for (int i = 0; i < 1025; i++) many.Add(buffer, i, 1);
        Assert.False(file.TryReadCached(0, many));
    }

    [Fact]
    public void Threads_that_read_at_once_read_the_same_file_and_leave_nothing_open()
    {
        byte[] bytes = TestBytes.Pattern(4 * Page);
        string path = _folder.File("disk", bytes);
        string moved = path + ".old";
        int right = 0, wrong = 0;
        using (DiskFile file = DiskFile.Open(path, DiskFileModes.Write))
        {
            File.Move(path, moved); // another file has its name from now on
            File.WriteAllBytes(path, new byte[4 * Page]);
            Read(file, 0, 4 * Page);
            using var together = new Barrier(6);
            Thread[] threads = [.. Enumerable.Range(0, together.ParticipantCount).Select(_ => new Thread(ReadAll))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();

            Assert.SkipWhen(right + wrong == 0, "The file system of the temporary folder has no reads that do not wait.");
            Assert.Equal(0, wrong);
            Assert.InRange(OpenFiles(moved), 2, 5); // the first opening, and one for each of the threads, of which some share

            void ReadAll()
            {
                using var buffer = new IoBuffer(Page);
                using IoVector vector = TestBytes.InPieces(buffer);
                together.SignalAndWait(TestContext.Current.CancellationToken);
                for (int page = 0; page < 4; page++)
                {
                    if (!file.TryReadCached(page * Page, vector)) continue;
                    if (buffer.Span.SequenceEqual(bytes.AsSpan(page * Page, Page))) Interlocked.Increment(ref right);
                    else Interlocked.Increment(ref wrong);
                }
            }
        }

        Assert.Equal((0, 0), (OpenFiles(path), OpenFiles(moved)));
    }

    [Fact]
    public void Length_is_changed_and_what_is_new_is_zero()
    {
        using DiskFile file = DiskFile.Open(_folder.File("disk", TestBytes.Pattern(100)), DiskFileModes.Write);
        file.SetLength(50);
        file.SetLength(200);
        Assert.Equal([.. TestBytes.Pattern(100)[..50], .. new byte[150]], Read(file, 0, 200));
        Assert.Equal("ftruncate", Assert.Throws<HostIOException>(() => file.SetLength(-1)).Call);
    }

    [Fact]
    public void What_is_no_disk_is_refused_at_once_and_leaves_no_descriptor()
    {
        NamedPipe.Make(_folder["pipe"]);
        Assert.Equal("EINVAL", Refusal(_folder["pipe"]).ErrnoName);
        Assert.Equal("EINVAL", Refusal("/dev/null").ErrnoName);
        Assert.Equal("EISDIR", Refusal(_folder.Path).ErrnoName);
        Assert.Equal("ENOENT", Refusal(_folder["nothing"]).ErrnoName);
        Assert.Equal("EINVAL", Refusal(_folder.File("disk", [1]) + "\0.raw").ErrnoName);
        HostIOException there = Assert.Throws<HostIOException>(() => DiskFile.Open(_folder["disk"], DiskFileModes.Write | DiskFileModes.Create));
        Assert.Equal("EEXIST", there.ErrnoName);
        Assert.Equal(_folder["disk"], there.Path);
        Assert.Contains("open on", there.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_opened_for_reading_refuse_writes_with_the_call_and_the_error()
    {
        using DiskFile file = DiskFile.Open(_folder.Sparse("disk", 512), DiskFileModes.None);
        Assert.False(file.IsWritable);
        HostIOException write = Assert.Throws<HostIOException>(() => file.Write(0, new byte[1]));
        Assert.Equal(("pwritev", "EBADF", false), (write.Call, write.ErrnoName, write.IsNoSpace));
        Assert.Equal("fallocate", Assert.Throws<HostIOException>(() => file.TryPunchHole(0, 512)).Call);
    }

    [Fact]
    public void One_file_has_one_identity_whatever_path_leads_to_it()
    {
        File.CreateSymbolicLink(_folder["link"], _folder.Sparse("a", 1));
        using DiskFile a = DiskFile.Open(_folder["a"], DiskFileModes.None);
        using DiskFile link = DiskFile.Open(_folder["link"], DiskFileModes.None);
        using DiskFile b = DiskFile.Open(_folder.Sparse("b", 1), DiskFileModes.None);
        Assert.Equal(a.Identity, link.Identity);
        Assert.NotEqual(a.Identity, b.Identity);
    }

    [Fact]
    public void Closed_file_is_an_error_and_no_other_file()
    {
        DiskFile file = DiskFile.Open(_folder.Sparse("disk", 512), DiskFileModes.Write);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => file.Length);
        Assert.Throws<ObjectDisposedException>(file.Flush);
        Assert.Throws<ObjectDisposedException>(() => file.NextData(0));
    }

    [Fact]
    public void Full_host_is_told_and_what_was_written_stays()
    {
        using SmallFileSystem small = SmallFileSystem.Mount(1 << 20);
        using DiskFile file = DiskFile.Open(small["disk"], DiskFileModes.Write | DiskFileModes.Create);
        byte[] bytes = TestBytes.Pattern(Page);
        HostIOException full = Assert.Throws<HostIOException>(() =>
        {
            for (long offset = 0; offset < 2 << 20; offset += Page) file.Write(offset, bytes);
        });
        Assert.Equal("ENOSPC", full.ErrnoName);
        Assert.True(full.IsNoSpace);
        Assert.Equal(bytes, Read(file, 0, Page));
        Assert.True(file.TryPunchHole(0, 4 * Page));
        file.Write(2 << 20, bytes);
        file.Flush();
        Assert.Equal(bytes, Read(file, 2 << 20, Page));
    }

    [Fact]
    public void Writers_of_different_places_do_not_disturb_each_other()
    {
        using DiskFile file = DiskFile.Open(_folder["disk"], DiskFileModes.Write | DiskFileModes.Create);
        Parallel.For(0, 8, worker =>
        {
            for (int i = 0; i < 200; i++) file.Write(((i * 8) + worker) * 100L, TestBytes.Pattern(100, worker));
        });
        for (int i = 0; i < 1600; i++) Assert.Equal(TestBytes.Pattern(100, i % 8), Read(file, i * 100L, 100));
    }

    internal static byte[] Read(DiskFile file, long offset, int length)
    {
        using var buffer = new IoBuffer(length);
        buffer.Span.Fill(0xEE);
        using IoVector vector = TestBytes.InPieces(buffer);
        file.Read(offset, vector);
        return buffer.Span.ToArray();
    }

    private static int OpenFiles(string path) => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget == path);

    private static HostIOException Refusal(string path) => Assert.Throws<HostIOException>(() => DiskFile.Open(path, DiskFileModes.Write));
}
