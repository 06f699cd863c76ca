using System.Diagnostics;
using System.Runtime.Versioning;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Block.Files;

/// <summary>Files in the making: whole under their name, or not there.</summary>
[SupportedOSPlatform("linux")]
public sealed class NewFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_has_its_name_when_it_is_whole_and_not_before()
    {
        using (var file = NewFile.Begin(_folder["a"], replace: false))
        {
            file.Write("whole"u8);
            Assert.False(File.Exists(_folder["a"]));
            file.Commit();
        }

        Assert.Equal("whole", File.ReadAllText(_folder["a"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void It_is_gone_when_it_was_not_committed()
    {
        _folder.File("a", "old"u8);
        using (var file = NewFile.Begin(_folder["a"], replace: true)) file.Write("half"u8);
        Assert.Equal("old", File.ReadAllText(_folder["a"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void It_replaces_a_file_with_its_mode_and_a_link_s_target()
    {
        _folder.File("a", "old"u8);
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(_folder["a"], Mode);
        File.CreateSymbolicLink(_folder["link"], _folder["a"]);
        using (var file = NewFile.Begin(_folder["link"], replace: true))
        {
            file.Write("new"u8);
            file.Commit();
        }

        Assert.Equal("new", File.ReadAllText(_folder["a"]));
        Assert.Equal(Mode, File.GetUnixFileMode(_folder["a"]));
        Assert.NotNull(new FileInfo(_folder["link"]).LinkTarget);
    }

    [Fact]
    public void It_has_the_owner_of_the_file_that_it_replaces_where_that_is_permitted()
    {
        _folder.File("a", "old"u8);
        Run("chown", "12:34", _folder["a"]);
        Run("chmod", "640", _folder["a"]);
        string owner = OwnerOf(_folder["a"]);
        using (var file = NewFile.Begin(_folder["a"], replace: true))
        {
            file.Write("new"u8);
            file.Commit();
        }

        Assert.Equal("new", File.ReadAllText(_folder["a"]));
        Assert.Equal(owner, OwnerOf(_folder["a"])); // 12:34 for root; nobody else may give files away
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_folder["a"]));
    }

    [Theory]
    [InlineData('x', 255)]
    [InlineData('\u00e9', 127)]
    [InlineData('\u20ac', 85)]
    public void A_name_may_be_as_long_as_the_file_system_allows(char character, int length)
    {
        string path = _folder[new string(character, length)];
        using (var file = NewFile.Begin(path, replace: false))
        {
            file.Write("whole"u8);
            file.Commit();
        }

        Assert.Equal("whole", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void What_is_there_stays_unless_it_may_be_replaced()
    {
        _folder.File("a", "old"u8);
        Assert.False(Assert.Throws<FileTakenException>(() => NewFile.Begin(_folder["a"], replace: false)).IsFolder);
        Assert.True(Assert.Throws<FileTakenException>(() => NewFile.Begin(_folder.Path, replace: true)).IsFolder);
        Assert.Throws<IOException>(static () => NewFile.Begin("/dev/null", replace: true));
    }

    [Fact]
    public void A_file_that_came_meanwhile_stays()
    {
        using var file = NewFile.Begin(_folder["a"], replace: false);
        file.Write("mine"u8);
        _folder.File("a", "theirs"u8);
        Assert.Throws<FileTakenException>(file.Commit);
        Assert.Equal("theirs", File.ReadAllText(_folder["a"]));
    }

    [Fact]
    public void An_image_in_use_is_not_taken_away()
    {
        string path = _folder.Sparse("disk", 1 << 20);
        using DiskFile user = DiskFile.Open(path, DiskFileModes.None);
        Assert.True(ImageLock.TryTake(user, forWriting: false));
        Assert.Throws<ImageLockedException>(() => NewFile.Begin(path, replace: true));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    private static string OwnerOf(string path) => Run("stat", "-c%u:%g", path);

    /// <summary>What a program of the host says. It may refuse: only root gives files away.</summary>
    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }
}
