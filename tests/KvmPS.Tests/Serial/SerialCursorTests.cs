using System.Text;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialCursorTests
{
    private readonly SerialLog _log = new(TimeProvider.System, new SerialLogOptions { BoundBytes = 64, HeadBytes = 16, ChunkBytes = 8 });

    [Fact]
    public void Cursors_do_not_disturb_each_other()
    {
        _log.Write("one\ntwo\n"u8);
        var first = new SerialCursor(_log);
        var second = new SerialCursor(_log, position: 4);

        Assert.Equal("one", Line(first));
        Assert.Equal("two", Line(second));
        Assert.Equal("two", Line(first));
        Assert.Null(Line(first));
    }

    [Fact]
    public void A_line_may_come_in_pieces_and_ends_with_lf_or_cr_lf()
    {
        var cursor = new SerialCursor(_log);
        _log.Write("a\rb"u8);
        Assert.Null(Line(cursor));
        _log.Write("c\r"u8);
        Assert.Null(Line(cursor));
        _log.Write("\nrest"u8);
        Assert.Equal("a\rbc", Line(cursor));
        Assert.Equal(6, cursor.Position);
    }

    [Fact]
    public void An_incomplete_line_is_given_to_those_who_want_it()
    {
        _log.Write("ok\n# "u8);
        var cursor = new SerialCursor(_log);
        Assert.Equal("ok", Line(cursor));
        Assert.False(cursor.TryReadLine(out _));
        Assert.True(cursor.TryReadLine(out SerialLine? prompt, evenIncomplete: true));
        Assert.Equal(("# ", false, 3L), (prompt.Text, prompt.IsComplete, prompt.Position));
        Assert.False(cursor.TryReadLine(out _, evenIncomplete: true));
    }

    [Fact]
    public void Bytes_of_a_begun_line_are_not_lost_to_read()
    {
        _log.Write("abc"u8);
        var cursor = new SerialCursor(_log);
        Assert.Null(Line(cursor));
        byte[] bytes = new byte[8];
        Assert.Equal(3, cursor.Read(bytes));
        Assert.Equal("abc", Encoding.ASCII.GetString(bytes, 0, 3));
    }

    [Fact]
    public void A_slow_reader_learns_what_it_missed()
    {
        var cursor = new SerialCursor(_log);
        _log.Write("0123456789"u8);
        Assert.Null(Line(cursor));
        for (int i = 0; i < 30; i++) _log.Write("line\n"u8);

        var read = new List<byte>();
        byte[] block = new byte[5];
        for (int count; (count = cursor.Read(block)) > 0;) read.AddRange(block.AsSpan(0, count));

        Assert.Equal(160, read.Count + cursor.DroppedBytes);
        Assert.Equal(_log.DroppedBytes, cursor.DroppedBytes);
    }

    [Fact]
    public void A_line_without_end_is_cut()
    {
        var log = new SerialLog(TimeProvider.System);
        log.Write(new byte[200 << 10]);
        var cursor = new SerialCursor(log);
        Assert.True(cursor.TryReadLine(out SerialLine? line));
        Assert.False(line.IsComplete);
        Assert.InRange(line.Text.Length, 64 << 10, 128 << 10);
    }

    private static string? Line(SerialCursor cursor) => cursor.TryReadLine(out SerialLine? line) ? line.Text : null;
}
