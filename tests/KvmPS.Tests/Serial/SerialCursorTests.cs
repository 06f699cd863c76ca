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
    public void Bytes_are_given_by_kind_to_those_who_want_it()
    {
        var cursor = new SerialCursor(_log);
        _log.PollingChanged(polls: true);
        Assert.False(_log.IsDriven);
        _log.Write("kernel"u8);
        _log.PollingChanged(polls: false);
        Assert.False(_log.IsDriven);
        _log.PollingChanged(polls: true);
        _log.Write(" more"u8);
        Assert.Equal(("kernel", true), Kind(cursor));
        Assert.Equal((" more", true), Kind(cursor));

        _log.PollingChanged(polls: false);
        _log.Write("prog"u8);
        Assert.True(_log.IsDriven);
        _log.PollingChanged(polls: true);
        _log.Write("k"u8);
        _log.PollingChanged(polls: false);
        _log.Write("ram"u8);
        Assert.Equal(("prog", false), Kind(cursor));
        Assert.Equal(("k", true), Kind(cursor));
        Assert.Equal(("ram", false), Kind(cursor));
        Assert.Equal(("", false), Kind(cursor));
        Assert.Equal("kernel moreprogkram", _log.Text);

        _log.PollingChanged(polls: true);
        _log.BeginRun();
        Assert.False(_log.IsDriven);
    }

    [Fact]
    public void Kinds_of_long_ago_are_forgotten_and_the_newest_are_not()
    {
        const int Changes = 5000;
        var log = new SerialLog(TimeProvider.System);
        for (int i = 0; i < Changes; i++)
        {
            log.PollingChanged(polls: i % 2 == 1);
            log.Write((byte)('a' + (i % 2)));
        }

        var cursor = new SerialCursor(log, position: Changes - 100);
        for (int i = 0; i < 100; i++) Assert.Equal(i % 2 == 1 ? ("b", true) : ("a", false), Kind(cursor));
        Assert.False(Kind(new SerialCursor(log)).IsPolled);
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

    private static (string Text, bool IsPolled) Kind(SerialCursor cursor)
    {
        byte[] bytes = new byte[64];
        int count = cursor.Read(bytes, out bool isPolled);
        return (Encoding.ASCII.GetString(bytes, 0, count), isPolled);
    }

    private static string? Line(SerialCursor cursor) => cursor.TryReadLine(out SerialLine? line) ? line.Text : null;
}
