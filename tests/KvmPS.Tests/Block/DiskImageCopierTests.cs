using KvmPS.Core.Block;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>Copies from disk to disk that leave out zeroes, tell how far they are, and end when they are told to.</summary>
public sealed class DiskImageCopierTests : IDisposable
{
    private const int Grain = 1 << 16;
    private const int Size = (40 * Grain) + 1536;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Copy_is_equal_and_leaves_out_zeroes(bool targetIsEmpty)
    {
        using MemoryDisk source = Source(out byte[] content);
        string path = targetIsEmpty ? _folder.Sparse("copy", Size) : _folder.File("copy", TestBytes.Pattern(Size));
        var steps = new List<(long Done, long All)>();
        using (var target = new RawImage(new HostImageFile(DiskFile.Open(path, DiskFileModes.Write)), readOnly: false))
        {
            DiskImageCopier.Copy(source, target, targetIsEmpty, (done, all) => steps.Add((done, all)));
            Assert.Equal(BlockExtentKind.Zero, target.Map(3 * Grain).Kind); // a hole of the source
            Assert.Equal(BlockExtentKind.Zero, target.Map(20 * Grain).Kind); // zeroes that were written to it
        }

        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Equal((Size, Size), steps[^1]);
        Assert.All(steps, static step => Assert.Equal(Size, step.All));
        Assert.Equal(steps.Select(static step => step.Done).Order(), steps.Select(static step => step.Done));
    }

    [Fact]
    public void Copy_to_a_longer_disk_leaves_its_rest_and_to_a_shorter_one_is_refused()
    {
        using MemoryDisk source = Source(out byte[] content);
        using var longer = new MemoryDisk(Size + 512);
        DiskImageCopier.Copy(source, longer, targetIsEmpty: true);
        Assert.Equal([.. content, .. new byte[512]], longer.ReadBytes(0, Size + 512));
        using var shorter = new MemoryDisk(Size - 512);
        Assert.Throws<ArgumentOutOfRangeException>(() => DiskImageCopier.Copy(source, shorter, targetIsEmpty: true));
    }

    [Fact]
    public void Copy_ends_when_it_is_told_to()
    {
        using MemoryDisk source = Source(out _);
        using var target = new MemoryDisk(Size);
        using var end = new CancellationTokenSource();
        int steps = 0;
        Assert.Throws<OperationCanceledException>(() => DiskImageCopier.Copy(source, target, targetIsEmpty: true, (_, _) =>
        {
            steps++;
            end.Cancel();
        }, end.Token));
        Assert.Equal(1, steps);
    }

    private static MemoryDisk Source(out byte[] content)
    {
        content = new byte[Size];
        TestBytes.Pattern(2 * Grain).CopyTo(content, 0);
        TestBytes.Pattern(30 * Grain).CopyTo(content, 9 * Grain);
        content.AsSpan(20 * Grain, 3 * Grain).Clear();
        TestBytes.Pattern(1024).CopyTo(content, Size - 1024);
        var disk = new MemoryDisk(Size);
        disk.WriteBytes(0, content.AsSpan(0, 2 * Grain));
        disk.WriteBytes(9 * Grain, content.AsSpan(9 * Grain));
        return disk;
    }
}
