using KvmPS.Stress.Storage;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>Whether the crash tests would find what they look for: planted mistakes, and what a loss of power may and may not leave.</summary>
public sealed class CrashHarnessTests
{
    private const int Seed = 20261122;
    private const int Sector = 512;

    [Fact]
    public void An_image_in_the_right_order_survives() => Assert.Equal(200, new CrashRun(new ToySubject(ToyMistake.None), Seed, cuts: 200).Run().Cuts);

    [Theory]
    [InlineData(ToyMistake.NoBarrier)]
    [InlineData(ToyMistake.EarlyReuse)]
    [InlineData(ToyMistake.DeafFlush)]
    [InlineData(ToyMistake.TableAfterFlush)]
    public void Each_planted_mistake_is_found_again_by_its_seed(ToyMistake mistake)
    {
        string first = Find(mistake, Seed);

        Assert.Contains($"seed {Seed}", first, StringComparison.Ordinal);
        Assert.Equal(first, Find(mistake, Seed));
    }

    [Fact]
    public void Planted_mistakes_are_found_by_most_seeds() => Assert.All(
        Enum.GetValues<ToyMistake>().Where(static mistake => mistake != ToyMistake.None),
        static mistake => Assert.InRange(Enumerable.Range(1, 3).Count(seed => IsFound(mistake, seed, cuts: 300)), 2, 3));

    [Fact]
    public void A_finding_says_what_was_lost_and_as_little_as_possible()
    {
        string finding = Find(ToyMistake.NoBarrier, Seed);
        string[] changes = [.. finding.Split('\n').Where(static line => line.StartsWith("  #", StringComparison.Ordinal))];

        Assert.NotEmpty(changes);
        Assert.InRange(changes.Count(static line => !line.EndsWith(": kept", StringComparison.Ordinal)), 1, 2);
    }

    [Fact]
    public void What_was_flushed_is_certain_and_the_rest_is_not()
    {
        using var file = new RecordingImageFile(new MemoryImageFile("file", ImageBytes.Of(new byte[Sector])));
        file.Write(0, Bytes(1, Sector));
        file.Flush();
        file.Write(0, Bytes(2, Sector));
        file.SetLength(Sector * 2);

        Assert.Equal(Bytes(1, Sector), file.Stable.Span);
        Assert.Equal([HostChangeKind.Write, HostChangeKind.SetLength], file.Pending.Select(static change => change.Kind));
        byte[] now = new byte[Sector * 2];
        file.Read(0, now);
        Assert.Equal([.. Bytes(2, Sector), .. new byte[Sector]], now);
    }

    [Fact]
    public void Whatever_the_power_leaves_each_sector_is_old_or_new()
    {
        using var file = new RecordingImageFile(new MemoryImageFile("file", ImageBytes.Of(Bytes(1, Sector * 4))));
        file.Write(Sector / 2, Bytes(2, Sector * 2)); // its ends share sectors with what was there
        file.PunchHole(Sector * 3, Sector);
        file.Write(Sector * 4, Bytes(3, Sector));

        var random = new Random(Seed);
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 20_000; i++)
        {
            ImageBytes image = CrashReplayer.Choose(file.Pending, random).Over(file.Stable);
            Assert.True(image.Length is Sector * 4 or Sector * 5);
            found.Add(string.Concat(Enumerable.Range(0, 5).Select(sector => Describe(image, sector * Sector))));
        }

        // Three sectors of the first write, the hole; the last one is not there, there without its bytes, or there.
        Assert.Equal(2 * 2 * 2 * 2 * 3, found.Count);
        Assert.All(found, static state => Assert.Matches("^(11|12)(11|22)(11|21)(11|00)(--|00|33)$", state));
    }

    [Fact]
    public void Changes_of_one_sector_may_reach_the_disk_in_either_order()
    {
        using var file = new RecordingImageFile(new MemoryImageFile("file", ImageBytes.Of(Bytes(1, Sector))));
        file.Write(0, Bytes(2, Sector));
        file.Write(0, Bytes(3, Sector));

        var random = new Random(Seed);
        var found = Enumerable.Range(0, 500).Select(_ => (int)CrashReplayer.Choose(file.Pending, random).Over(file.Stable).Span[0]).ToHashSet();

        Assert.Equal([1, 2, 3], found.Order());
    }

    [Fact]
    public void A_flush_makes_certain_what_was_written_before_it_began()
    {
        var shadow = new GuestShadow([1, 1], size: 2);
        Write(shadow, 0, 2);
        GuestFlush flush = shadow.BeginFlush();
        Write(shadow, 0, 3);
        Write(shadow, 1, SectorHistory.Discard);
        Assert.Null(Fault(shadow, 1, 1));
        shadow.Complete(flush);

        Assert.NotNull(Fault(shadow, 1, 1));
        Assert.Null(Fault(shadow, 2, 1));
        Assert.Null(Fault(shadow, 3, 0));
        Assert.NotNull(Fault(shadow, 3, 2));
        shadow.Complete(shadow.BeginFlush());
        Assert.NotNull(Fault(shadow, 2, 1));
        Assert.Null(Fault(shadow, 3, 1));
        Assert.Null(Fault(shadow, 3, 0)); // a discard never becomes certain
    }

    [Fact]
    public void A_sector_astray_or_mixed_is_no_version()
    {
        byte[] sector = new byte[Sector];
        SectorPattern.Fill(sector, firstSector: 7, version: 3);
        Assert.Equal(3u, SectorPattern.VersionOf(sector, 7));
        Assert.Equal(SectorPattern.Foreign, SectorPattern.VersionOf(sector, 8));
        Assert.Equal("write 3 of sector 7", SectorPattern.Describe(sector, 8));
        sector[^1] ^= 1;
        Assert.Equal(SectorPattern.Foreign, SectorPattern.VersionOf(sector, 7));
    }

    private static string Find(ToyMistake mistake, int seed) => Assert.Throws<CrashFailureException>(() => new CrashRun(new ToySubject(mistake), seed, cuts: 400).Run()).Message;

    private static bool IsFound(ToyMistake mistake, int seed, int cuts)
    {
        try
        {
            new CrashRun(new ToySubject(mistake), seed, cuts).Run();
            return false;
        }
        catch (CrashFailureException)
        {
            return true;
        }
    }

    private static void Write(GuestShadow shadow, int sector, uint version)
    {
        shadow.Begin(sector, 1, version);
        shadow.Complete(sector, 1);
    }

    private static string? Fault(GuestShadow shadow, params ReadOnlySpan<uint> versions)
    {
        byte[] disk = new byte[versions.Length * Sector];
        for (int i = 0; i < versions.Length; i++) SectorPattern.Fill(disk.AsSpan(i * Sector, Sector), i, versions[i]);
        return shadow.Expect().FindFault(0, disk, new uint[versions.Length]);
    }

    private static byte[] Bytes(byte value, int length) => [.. Enumerable.Repeat(value, length)];

    /// <summary>The first and the last byte of a sector.</summary>
    private static string Describe(ImageBytes image, int offset) => offset < image.Length ? $"{image.Span[offset]}{image.Span[offset + Sector - 1]}" : "--";
}
