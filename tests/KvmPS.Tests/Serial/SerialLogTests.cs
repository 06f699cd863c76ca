using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvmPS.Core.Serial;
using KvmPS.Tests.Devices;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialLogTests
{
    private static readonly SerialLogOptions Small = new() { BoundBytes = 64, HeadBytes = 16, ChunkBytes = 8, LineTimes = 4 };
    private readonly ManualTime _time = new();

    [Fact]
    public void Bytes_and_spans_make_one_stream()
    {
        var log = new SerialLog(_time);
        log.Write((byte)'a');
        log.Write("bc\nd"u8);

        Assert.Equal(5, log.TotalBytes);
        Assert.Equal("abc\nd", log.Text);
    }

    [Fact]
    public void Past_the_bound_the_first_and_the_newest_stay_and_the_text_says_so()
    {
        var log = new SerialLog(_time, Small);
        log.Write(Encoding.ASCII.GetBytes(new string('h', 16)));
        log.Write(Encoding.ASCII.GetBytes(new string('m', 20)));
        log.Write(Encoding.ASCII.GetBytes(new string('t', 44)));

        Assert.Equal(80, log.TotalBytes);
        Assert.Equal(16, log.DroppedBytes);
        Assert.Equal(new string('h', 16) + "\n[… 16 bytes dropped …]\n" + "mmmm" + new string('t', 44), log.Text);
    }

    [Fact]
    public void Text_between_two_positions_may_lie_in_the_hole()
    {
        var log = new SerialLog(_time, Small);
        log.Write(new byte[200]);
        log.Write("\nend"u8);

        Assert.Equal("\n[… 10 bytes dropped …]\n", log.GetText(20, 30));
        Assert.Equal("\nend", log.GetText(200, 204));
    }

    [Fact]
    public void The_log_agrees_with_a_list_of_bytes()
    {
        Prop.ForAll<byte[][], ushort>((pieces, from) =>
        {
            var log = new SerialLog(_time, Small);
            var all = new List<byte>();
            foreach (byte[] piece in pieces)
            {
                if (piece.Length == 1) log.Write(piece[0]);
                else log.Write(piece);
                all.AddRange(piece);
            }

            long start = all.Count == 0 ? 0 : from % (all.Count + 1);
            long position = start;
            byte[] read = new byte[all.Count + 1];
            int count = log.Read(ref position, read);
            Assert.Equal(all.Count, log.TotalBytes);
            Assert.Equal(all.GetRange((int)position, count), read[..count]);
            Assert.True(position == start || (start >= Small.HeadBytes && position == Small.HeadBytes + log.DroppedBytes));
            Assert.InRange(log.TotalBytes - log.DroppedBytes, Math.Min(all.Count, Small.BoundBytes - Small.ChunkBytes), Small.BoundBytes);
            if (count == 0) Assert.Equal(all.Count, start);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Lines_have_the_time_of_their_first_byte()
    {
        var log = new SerialLog(_time);
        Assert.Null(log.TimeToFirstByte);
        _time.Advance(TimeSpan.FromSeconds(1));
        log.Write("one\ntw"u8);
        _time.Advance(TimeSpan.FromSeconds(1));
        log.Write("o\nthree"u8);

        Assert.Equal(TimeSpan.FromSeconds(1), log.TimeToFirstByte);
        Assert.Equal(TimeSpan.FromSeconds(1), log.TimeOf(5));
        Assert.Equal(TimeSpan.FromSeconds(2), log.TimeOf(8));
    }

    [Fact]
    public void Line_times_are_bounded_and_the_newest_stay_exact()
    {
        var log = new SerialLog(_time, Small);
        for (int i = 0; i < 30; i++)
        {
            log.Write("x\n"u8);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(TimeSpan.FromSeconds(29), log.TimeOf(58));
        Assert.Equal(TimeSpan.FromSeconds(0), log.TimeOf(0));
        Assert.InRange(log.TimeOf(30)!.Value.TotalSeconds, 0, 15);
    }

    [Theory]
    [InlineData("a\nb\nc\n", 2, "b\nc\n")]
    [InlineData("a\nb\nc", 2, "b\nc")]
    [InlineData("a\nb\nc", 9, "a\nb\nc")]
    [InlineData("a\n\n", 1, "\n")]
    [InlineData("a\nb", 0, "")]
    [InlineData("", 3, "")]
    public void The_tail_begins_at_a_line(string text, int lines, string tail)
    {
        var log = new SerialLog(_time);
        log.Write(Encoding.ASCII.GetBytes(text));
        Assert.Equal(tail, log.GetText(log.FindTail(lines), long.MaxValue));
    }

    [Fact]
    public void Invalid_utf8_is_shown_and_kept()
    {
        var log = new SerialLog(_time);
        log.Write([0xE2, 0x82]);
        log.Write([0xAC, 0xFF]);
        byte[] read = new byte[8];
        long position = 0;

        Assert.Equal("€\uFFFD", log.Text);
        Assert.Equal(4, log.Read(ref position, read));
        Assert.Equal([0xE2, 0x82, 0xAC, 0xFF], read[..4]);
    }

    [Fact]
    public void A_byte_allocates_nothing()
    {
        var log = new SerialLog(TimeProvider.System);
        log.Write("first\n"u8);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++) log.Write((byte)'x');
        }));
    }

    [Theory]
    [InlineData(0, 16, 8, 16)] // Never less than two chunks: one of the head, one of the tail.
    [InlineData(1, 1 << 20, 8, 16)]
    [InlineData(60, 16, 8, 64)]
    [InlineData(64, 1 << 20, 8, 64)]
    public void Odd_bounds_are_rounded_to_what_can_be_kept(int bound, int head, int chunk, int kept)
    {
        var log = new SerialLog(_time, new SerialLogOptions { BoundBytes = bound, HeadBytes = head, ChunkBytes = chunk });
        log.Write(new byte[800]);
        Assert.Equal(kept, log.TotalBytes - log.DroppedBytes);
    }

    [Theory]
    [InlineData(-1, 16, 8, 4)]
    [InlineData(64, -1, 8, 4)]
    [InlineData(64, 16, 0, 4)]
    [InlineData(64, 16, 8, 1)]
    [InlineData(int.MaxValue, 16, 8, 4)]
    [InlineData(int.MaxValue, 16, 1 << 20, 4)]
    public void Bounds_that_make_no_sense_are_refused(int bound, int head, int chunk, int lines)
    {
        var options = new SerialLogOptions { BoundBytes = bound, HeadBytes = head, ChunkBytes = chunk, LineTimes = lines };
        Assert.Throws<ArgumentOutOfRangeException>(() => new SerialLog(_time, options));
    }
}
