using System.Text;
using KvmPS.Core.Guest;
using Xunit;

namespace KvmPS.Tests.Guest;

public sealed class FrameTests
{
    private static readonly byte[] Word = "abcdefghijkl"u8.ToArray();

    [Theory]
    [InlineData("echo abcdef''ghijkl\r\nabcdefghijkl\r\none\r\ntwo\r\nabcdefghijkl:0\r\n# ", "one\ntwo\n", 0)]
    [InlineData("abcdefghijkl\none\r\ntwo\nabcdefghijkl:255\n", "one\r\ntwo\n", 255)]
    [InlineData("abcdefghijkl\r\n\r\r\n\r\r\r\n\ra\rabcdefghijkl:1\r\n", "\r\n\r\r\n\ra\r", 1)]
    [InlineData("abcdefghijkl\nabcdefghijkl\nabcdefghijkl:x\nabcdefghijkl:7\n", "abcdefghijkl\nabcdefghijkl:x\n", 7)]
    [InlineData("abcdefghijklx abcdefghijkl\nabcabcdefghijabcdefghijkl:0\n", "abcabcdefghij", 0)]
    [InlineData("abcdefghijkl\na[    1.234567] no end, and no kernel's: abcdefghijkl:3\n", "a[    1.234567] no end, and no kernel's: ", 3)]
    [InlineData("abcdefghijkl\r\na[    1.234567] a log\r\n[    1.234568] of a kernel\r\nabcdefghijkl:4\r\n", "a[    1.234567] a log\n[    1.234568] of a kernel\n", 4)]
    [InlineData("abcdefghijkl\r\nab[1.2345678] x\r\nabcdefghi[1.234567]x\r\nabcdefghijkl:5\r\n", "ab[1.2345678] x\nabcdefghi[1.234567]x\n", 5)]
    public void The_output_is_exact_however_it_is_cut(string console, string output, int exitCode)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(console);
        for (int size = 1; size <= bytes.Length; size++)
        {
            var heard = new MemoryStream();
            var reader = new FrameReader(Word, heard);
            for (int at = 0; at < bytes.Length; at += size) reader.Feed(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
            Assert.Equal(exitCode, reader.ExitCode);
            Assert.Equal(output, Encoding.Latin1.GetString(heard.ToArray()));
        }
    }

    [Theory]
    [InlineData("[    1.234567] random: crng init done\r\n")]
    [InlineData("[    1.234567] one\n[99999.234567][  T123] two\n")]
    public void A_line_of_the_kernel_may_come_between_any_bytes_of_a_mark(string line)
    {
        const string Begin = "abcdefghijkl\r\n";
        const string End = "abcdefghijkl:127\r\n";
        for (int at = 1; at < Begin.Length; at++) Assert.Equal((127, "out\n"), Read($"{Begin.Insert(at, line)}out\r\n{End}# "));
        for (int at = 1; at < End.Length; at++) Assert.Equal((127, "out\n"), Read($"{Begin}out\r\n{End.Insert(at, line)}# "));

        static (int?, string) Read(string console)
        {
            var heard = new MemoryStream();
            var reader = new FrameReader(Word, heard);
            foreach (byte value in Encoding.Latin1.GetBytes(console)) reader.Feed([value]);
            return (reader.ExitCode, Encoding.Latin1.GetString(heard.ToArray()));
        }
    }

    [Fact]
    public void Lines_of_a_kernel_without_end_are_output()
    {
        var heard = new MemoryStream();
        var reader = new FrameReader(Word, heard);
        reader.Feed("abcdefghijkl\na"u8);
        while (heard.Length == 0 && reader.OutputBytes < 1 << 20)
        {
            for (int i = 0; i < 1000; i++) reader.Feed("[    1.234567] a line\n"u8);
        }

        reader.Feed("abcdefghijkl:6\n"u8);
        Assert.Equal(6, reader.ExitCode);
        Assert.StartsWith("a[    1.234567] a line\n[", Encoding.ASCII.GetString(heard.ToArray()), StringComparison.Ordinal);
        Assert.EndsWith("] a line\n", Encoding.ASCII.GetString(heard.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Output_is_given_as_it_comes()
    {
        var heard = new MemoryStream();
        var reader = new FrameReader(Word, heard);
        reader.Feed("abcdefghijkl\nbegun abc"u8);
        Assert.Null(reader.ExitCode);
        Assert.Equal("begun ", Encoding.ASCII.GetString(heard.ToArray()));
    }

    [Theory]
    [InlineData("begun abc", "begun abc")]
    [InlineData("begun abcdefghijkl:1", "begun ")] // a word that is whole is no output
    public void What_might_have_become_the_end_is_output_when_nothing_follows(string console, string output)
    {
        var heard = new MemoryStream();
        var reader = new FrameReader(Word, heard);
        reader.GiveUp();
        reader.Feed("abcdefghijkl\n"u8);
        reader.Feed(Encoding.ASCII.GetBytes(console));
        reader.GiveUp();
        Assert.Equal(output, Encoding.ASCII.GetString(heard.ToArray()));
    }

    [Theory]
    [InlineData("true", "'true'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("a\nb", "'a\nb'")]
    [InlineData("wow!", "'wow!'")]
    [InlineData("wow!\n", "\"$(printf 'wow\\041\\012')\"")]
    [InlineData("ü\t", "\"$(printf '\\303\\274\\011')\"")]
    public void A_text_is_one_word(string text, string word) => Assert.Equal(word, ShellQuote.Word(text));

    [Fact]
    public void No_typed_line_is_long()
    {
        string text = string.Concat(Enumerable.Repeat("it's long ", 1000));
        Assert.All(ShellQuote.Word(text).Split('\n'), static line => Assert.InRange(line.Length, 1, 255));
        Assert.All(ShellQuote.Format(Encoding.ASCII.GetBytes(text)).Split('\n'), static line => Assert.InRange(line.Length, 1, 255));
    }

    [Theory]
    [InlineData("", "4294967295 0")]
    [InlineData("123456789", "930766865 9")]
    public void The_checksum_is_that_of_cksum(string text, string answer)
    {
        using var checksum = new GuestChecksum();
        checksum.Append(Encoding.ASCII.GetBytes(text));
        Assert.True(checksum.Matches(answer));
        Assert.False(checksum.Matches("1 9"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("guest login: ", 1)]
    [InlineData("login:", 1)]
    [InlineData("\e[0mPassword: ", 2)]
    [InlineData("Password for root: ", 2)]
    [InlineData("> ", 3)]
    [InlineData("/ # \e[6n", 4)]
    [InlineData("\e]0;title\aroot@guest:~# ", 4)]
    [InlineData("\r\e[K", 0)]
    public void A_prompt_is_known_by_its_line(string line, int kind) => Assert.Equal((PromptKind)kind, PromptText.Classify(line));
}
