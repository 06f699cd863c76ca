using System.Runtime.Versioning;
using KvmPS.Shell.Editing;
using Xunit;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>What of the lines entered is kept, in memory and in the file.</summary>
[SupportedOSPlatform("linux")]
public sealed class HistoryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "state", "history");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Blank_lines_repeated_ones_and_those_that_begin_with_a_blank_are_not_kept()
    {
        InputHistory history = new(capacity: 10);
        Assert.Equal([true, false, false, false, true, true], new[] { "a", "a", "", " b", "c", "a" }.Select(history.Add));
        Assert.Equal(["a", "c", "a"], history.Lines);
    }

    [Fact]
    public void The_oldest_lines_go_first()
    {
        InputHistory history = new(capacity: 2);
        foreach (string line in new[] { "a", "b", "c" }) history.Add(line);
        Assert.Equal(["b", "c"], history.Lines);
        Assert.Equal(["c", "b", null], new[] { history.Older("x"), history.Older("x"), history.Older("x") });
    }

    [Fact]
    public void The_file_gives_back_what_was_written_and_is_its_owners_alone()
    {
        HistoryFile file = new(Path, capacity: 10);
        Assert.Empty(file.Load());
        string[] entries = ["Get-KvmVM", "if {\n'\\n \\\\'\n}", "日本 \e[2J"];
        foreach (string entry in entries) file.Append(entry);
        Assert.Equal(entries, new HistoryFile(Path, capacity: 10).Load());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!));
    }

    [Fact]
    public void A_file_that_others_could_read_is_closed_to_them()
    {
        new HistoryFile(Path, capacity: 10).Append("x");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        new HistoryFile(Path, capacity: 10).Load();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_file_that_has_grown_is_cut()
    {
        HistoryFile file = new(Path, capacity: 3);
        for (int i = 0; i < 7; i++) file.Append($"line {i}");
        Assert.Equal(["line 4", "line 5", "line 6"], file.Load());
        Assert.Equal(3, File.ReadAllLines(Path).Length);
        Assert.Single(Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!));
    }

    [Fact]
    public void Of_a_huge_file_only_the_end_is_read()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, new string('x', 2_000_000) + "\nlast\n");
        Assert.Equal(["last"], new HistoryFile(Path, capacity: 10).Load());
    }

    [Theory]
    [InlineData("$password = 'x'")]
    [InlineData("ConvertTo-SecureString x -AsPlainText")]
    [InlineData("$env:API_TOKEN = 1")]
    public void What_looks_like_a_secret_is_not_written(string line)
    {
        HistoryFile file = new(Path, capacity: 3);
        file.Append(line);
        Assert.Empty(file.Load());
    }
}
