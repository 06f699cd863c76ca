using KvmPS.Native;
using KvmPS.Tests.Block;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Transfers past the page cache, those beside them that are not aligned, and block devices.</summary>
public sealed class DiskFileDirectTests : IDisposable
{
    private const int Page = GuestMemory.PageSize;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Aligned_and_unaligned_transfers_see_each_other()
    {
        using DiskFile file = Direct(_folder.Sparse("disk", 64 * Page));
        Assert.True(file.IsDirect);
        var shadow = new byte[64 * Page];
        var random = new Random(4);
        using var buffer = new IoBuffer(16 * Page);
        using var vector = new IoVector();
        for (int i = 0; i < 500; i++)
        {
            bool aligned = random.Next(2) == 0;
            int unit = aligned ? file.BlockSize : 1;
            int offset = random.Next(48 * Page) / unit * unit;
            int length = (1 + random.Next(8)) * (aligned ? file.BlockSize : 333);
            vector.Clear();
            vector.Add(buffer, aligned ? 0 : random.Next(Page), length);
            if (random.Next(2) == 0)
            {
                byte[] bytes = TestBytes.Pattern(length, i);
                bytes.CopyTo(shadow, offset);
                vector.CopyFrom(bytes);
                file.Write(offset, vector);
            }
            else
            {
                file.Read(offset, vector);
                var read = new byte[length];
                vector.CopyTo(read);
                Assert.Equal(shadow[offset..(offset + length)], read);
            }
        }

        file.Flush();
        Assert.Equal(shadow, File.ReadAllBytes(_folder["disk"]));
    }

    [Fact]
    public void Neighbours_in_one_page_survive_each_other()
    {
        using DiskFile file = Direct(_folder.Sparse("disk", 64 * Page));
        Assert.SkipUnless(file.BlockSize < Page, "Direct transfers are of whole pages here.");
        Parallel.For(0, 2, worker =>
        {
            using var buffer = new IoBuffer(Page);
            using var vector = new IoVector();
            vector.Add(buffer, worker == 0 ? 0 : 1, file.BlockSize); // the one of them is not aligned in memory
            for (int i = 0; i < 64; i++)
            {
                vector.CopyFrom(TestBytes.Pattern(file.BlockSize, worker));
                file.Write(((long)i * Page) + (worker * file.BlockSize), vector);
            }
        });
        file.Flush();
        byte[] all = File.ReadAllBytes(_folder["disk"]);
        byte[] pair = [.. TestBytes.Pattern(file.BlockSize, 0), .. TestBytes.Pattern(file.BlockSize, 1)];
        for (int i = 0; i < 64; i++) Assert.Equal(pair, all.AsSpan(i * Page, pair.Length));
    }

    [Fact]
    public void File_that_ends_inside_a_block_reads_on_as_zero()
    {
        byte[] bytes = TestBytes.Pattern(Page + 1000);
        using DiskFile file = Direct(_folder.File("disk", bytes));
        using var buffer = new IoBuffer(2 * Page);
        buffer.Span.Fill(0xEE);
        using var vector = new IoVector();
        vector.Add(buffer, 0, 2 * Page);
        file.Read(0, vector);
        Assert.Equal([.. bytes, .. new byte[(2 * Page) - bytes.Length]], buffer.Span);
        Assert.False(file.TryReadCached(0, vector));
    }

    [Theory]
    [InlineData(512, false)]
    [InlineData(4096, false)]
    [InlineData(4096, true)]
    public void Block_device_is_read_written_and_zeroed_in_its_blocks(int blockSize, bool direct)
    {
        using LoopDevice device = LoopDevice.Of(_folder.File("disk", TestBytes.Pattern(64 * Page)), blockSize);
        using DiskFile file = DiskFile.Open(device.Path, DiskFileModes.Write | (direct ? DiskFileModes.Direct : DiskFileModes.None));
        Assert.True(file.IsBlockDevice);
        Assert.Equal((64 * Page, blockSize), (file.Length, file.BlockSize));
        Assert.Equal(file.Length, file.AllocatedLength);
        Assert.True(file.PhysicalBlockSize >= blockSize);
        byte[] shadow = TestBytes.Pattern(64 * Page);
        Assert.Equal(shadow[Page..(3 * Page)], DiskFileTests.Read(file, Page, 2 * Page));

        file.Write(512, shadow.AsSpan(0, 1024));
        shadow.AsSpan(0, 1024).ToArray().CopyTo(shadow, 512);
        if (file.TryPunchHole(8 * Page, 2 * Page)) shadow.AsSpan(8 * Page, 2 * Page).Clear();
        if (file.TryZeroRange(16 * Page, Page)) shadow.AsSpan(16 * Page, Page).Clear();
        if (blockSize > 512) Assert.False(file.TryZeroRange(512, 512));
        file.Flush();

        Assert.Equal(shadow, DiskFileTests.Read(file, 0, 64 * Page));
        Assert.Equal(0, file.NextData(0));
        Assert.Equal(file.Length, file.NextHole(0));
        Assert.Equal("ENOSPC", Assert.Throws<HostIOException>(() => file.Write(file.Length, new byte[512])).ErrnoName);
        Assert.Equal("ftruncate", Assert.Throws<HostIOException>(() => file.SetLength(Page)).Call);
    }

    [Fact]
    public void Flush_that_failed_once_fails_for_good()
    {
        using SmallFileSystem small = SmallFileSystem.Mount(1 << 20);
        using (FileStream sparse = File.Create(small["disk"])) sparse.SetLength(8 << 20);
        using LoopDevice device = LoopDevice.Of(small["disk"], 512);
        using DiskFile file = DiskFile.Open(device.Path, DiskFileModes.Write);
        file.Write(0, TestBytes.Pattern(4 << 20)); // into the page cache: nobody knows yet that there is no room below

        HostIOException lost = Assert.Throws<HostIOException>(file.Flush);
        Assert.Equal("fdatasync", lost.Call);
        Assert.Equal(lost.Errno, Assert.Throws<HostIOException>(file.Flush).Errno);
    }

    private static DiskFile Direct(string path)
    {
        try
        {
            return DiskFile.Open(path, DiskFileModes.Write | DiskFileModes.Direct);
        }
        catch (HostIOException e) when (e.ErrnoName == "EINVAL")
        {
            Assert.Skip("The file system of the temporary folder has no direct transfers.");
            throw;
        }
    }
}
