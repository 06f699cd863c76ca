using System.Diagnostics;
using System.Text;
using KvmPS.Core.Block.Seed;
using Xunit;

namespace KvmPS.Tests.Block.Seed;

/// <summary>Seeds for cloud-init, and the file system that they are in.</summary>
public sealed class SeedTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_trees_have_all_files_of_any_length()
    {
        SeedFile[] files = [.. new[] { 0, 1, 2047, 2048, 2049, 100_000 }.Select(static length => new SeedFile($"{length}-file-with-a-long-name", TestBytes.Pattern(length)))];
        var iso = new IsoReader(new IsoImage("cidata", files).ToArray());
        Assert.Equal(("cidata", "cidata"), (iso.Label, iso.JolietLabel));
        Assert.Equal(files.Length, iso.Files.Count);
        Assert.All(files, file => Assert.Equal(file.Content.ToArray(), iso.JolietFiles[file.Name]));
        Assert.All(files, file => Assert.Contains(iso.Files, short_ => short_.Value.AsSpan().SequenceEqual(file.Content.Span)));
        Assert.All(iso.Files.Keys, static name => Assert.Matches(@"^[0-9A-Z_]{1,8}\.;1$", name));
    }

    [Fact]
    public void Names_that_would_be_alike_in_capitals_are_refused() =>
        Assert.Throws<ArgumentException>(static () => new IsoImage("x", [new SeedFile("a-long-name-1", default), new SeedFile("a-long-name-2", default)]));

    [Fact]
    public void A_seed_has_what_cloud_init_looks_for()
    {
        var seed = new CloudSeed { HostName = "web01", InstanceId = "i-1", NetworkConfig = "version: 2\n"u8.ToArray(), VendorData = "#cloud-config\n"u8.ToArray() };
        var iso = new IsoReader(new IsoImage(CloudSeed.Label, seed.Files()).ToArray());
        Assert.Equal(["meta-data", "network-config", "user-data", "vendor-data"], iso.JolietFiles.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("instance-id: i-1\nlocal-hostname: web01\n", Encoding.UTF8.GetString(iso.JolietFiles["meta-data"]));
        Assert.StartsWith("#cloud-config", Encoding.UTF8.GetString(iso.JolietFiles["user-data"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_is_the_same_guest_and_another_is_another()
    {
        var seed = new CloudSeed { UserData = "#!/bin/sh\n"u8.ToArray() };
        Assert.Equal(Image(seed), Image(seed with { }));
        string[] names = [.. new[] { seed, seed with { HostName = "a" }, seed with { NetworkConfig = "#!/bin/sh\n"u8.ToArray() }, seed with { UserData = "#!/bin/bash\n"u8.ToArray() } }
            .Select(static one => Encoding.UTF8.GetString(one.Files()[0].Content.Span).Split('\n')[0])];
        Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(names, static name => Assert.Matches("^instance-id: iid-[0-9a-f]{16}$", name));
    }

    [Fact]
    public void The_host_finds_the_label()
    {
        string? blkid = new[] { "/usr/sbin/blkid", "/sbin/blkid" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(blkid is not null, "There is no blkid on this host (Debian package util-linux).");
        string path = _folder.File("seed.iso", Image(new CloudSeed()));
        var start = new ProcessStartInfo(blkid!, ["-p", "-o", "export", path]) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string[] facts = process.StandardOutput.ReadToEnd().Split('\n');
        Assert.Contains("LABEL=cidata", facts);
        Assert.Contains("TYPE=iso9660", facts);
    }

    private static byte[] Image(CloudSeed seed) => new IsoImage(CloudSeed.Label, seed.Files()).ToArray();
}
