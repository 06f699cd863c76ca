using System.Buffers;
using System.Text;
using KvmPS.Commands;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>What of old output may reach a terminal: all that it shows, nothing that it would answer.</summary>
public class ScrollbackFilterTests
{
    /// <summary>Output, and what passes of it.</summary>
    public static TheoryData<string, string> Cases => new()
    {
        { "plain text\r\n\tand more\b", "plain text\r\n\tand more\b" },
        { "Grüße, 世界", "Grüße, 世界" },
        { "\e[1;31mred\e[0m", "\e[1;31mred\e[0m" },
        { "\e[2J\e[10;20H\e[?25l\e[?1049h", "\e[2J\e[10;20H\e[?25l\e[?1049h" },
        { "\e7\e8\e(B\ec", "\e7\e8\e(B\ec" },
        { "/ # \e[6n", "/ # " },
        { "a\e[cb\e[>0cc\e[5nd\e[?1$pe\e[18tf\e[1xg\e[?uh\e[>qi", "abcdefghi" },
        { "a\e[ub", "a\e[ub" },
        { "a\eZb\u0005c", "abc" },
        { "\e[\e[6nx", "x" },
        { "\e[\n6nx", "\nx" },
        { "\e[6\u007fnx", "x" },
        { "\e[" + new string('0', 100) + "6nx", "x" },
        { "\e[6\u0018nx", "nx" },
        { "\e[6é", "é" },
        { "\e]0;title\aa\e]52;c;?\e\\b", "ab" },
        { "\eP$qm\e\\a\e_x\e\\b\e^y\e\\c\eXz\e\\d", "abcd" },
        { "\e]0;x\e[6ny\e[1mz", "y\e[1mz" },
        { "\e]never ends\nnext line", "\nnext line" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_a_terminal_would_answer_does_not_pass(string output, string expected)
    {
        Assert.Equal(expected, Filter([Encoding.UTF8.GetBytes(output)]));
        Assert.Equal(expected, Filter(Encoding.UTF8.GetBytes(output).Chunk(1)));
    }

    [Fact]
    public void A_string_without_an_end_swallows_no_more_than_4096_bytes()
    {
        string passed = Filter([Encoding.ASCII.GetBytes("\e]" + new string('s', 5000))]);
        Assert.Equal(new string('s', 5000 - 4097), passed);
    }

    [Fact]
    public void Of_what_follows_only_the_rest_of_an_open_sequence_is_filtered()
    {
        var filter = new ScrollbackFilter();
        var passed = new ArrayBufferWriter<byte>();
        filter.Filter("old\e[6"u8, passed);
        int taken = filter.Filter("nnew\e[6n"u8, passed, onlyWhileOpen: true);
        Assert.Equal(("old", 1), (Encoding.ASCII.GetString(passed.WrittenSpan), taken));
        Assert.Equal(0, filter.Filter("new"u8, passed, onlyWhileOpen: true));
    }

    /// <summary>Nothing comes out that did not go in, and no question, whatever the guest writes.</summary>
    [Fact]
    public void Random_output_asks_nothing_and_does_not_grow()
    {
        var random = new Random(1);
        byte[] alphabet = [.. "\e\e\e[]P\\nm05;?x\a\u0018\n\u0005a"u8, 0xff, 0x80, 0x7f];
        for (int round = 0; round < 500; round++)
        {
            byte[] output = random.GetItems(alphabet, 200);
            byte[] passed = Encoding.Latin1.GetBytes(Filter(output.Chunk(random.Next(1, 50)), Encoding.Latin1));
            foreach (byte value in alphabet.Distinct()) Assert.True(passed.Count(b => b == value) <= output.Count(b => b == value), Convert.ToHexString(output));
            Assert.DoesNotMatch(@"\e\[[0-?]*[ -/]*[nxcpqt]", Encoding.Latin1.GetString(passed));
        }
    }

    private static string Filter(IEnumerable<byte[]> pieces, Encoding? encoding = null)
    {
        var filter = new ScrollbackFilter();
        var passed = new ArrayBufferWriter<byte>();
        foreach (byte[] piece in pieces) Assert.Equal(piece.Length, filter.Filter(piece, passed));
        return (encoding ?? Encoding.UTF8).GetString(passed.WrittenSpan);
    }
}
