using System.Text;
using System.Text.RegularExpressions;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialMatcherTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly SerialLog _log = new(TimeProvider.System);

    [Fact]
    public void What_came_early_is_found_and_nothing_twice()
    {
        Write("boot\nlogin: \nlogin: ");
        var matcher = new SerialMatcher(_log, ["login: "]);

        Assert.Equal((5L, 12L, "boot\n"), Bounds(Next(matcher)));
        Assert.Equal((13L, 20L, "\n"), Bounds(Next(matcher)));
        Assert.Null(Next(matcher));
    }

    [Fact]
    public void A_match_may_come_in_pieces()
    {
        var matcher = new SerialMatcher(_log, ["Linux version (\\d+)\\.(?<minor>\\d+) "]);
        foreach (char c in "x Linux version 6.12")
        {
            Write(c.ToString());
            Assert.Null(Next(matcher));
        }

        Write(" (gcc)");
        SerialMatch match = Next(matcher)!;
        Assert.Equal(("6", "12"), (match.Groups["1"], match.Groups["minor"]));
    }

    [Fact]
    public void The_first_in_the_text_wins_then_failure_then_order()
    {
        Write("b a c");
        SerialMatch match = Next(new SerialMatcher(_log, ["a", "b", "b "], ["c"]))!;
        Assert.Equal((1, false, "b"), (match.PatternIndex, match.IsFailure, match.Value));

        match = Next(new SerialMatcher(_log, ["a", "c"], ["panic", "c"], position: 3))!;
        Assert.Equal((1, true), (match.PatternIndex, match.IsFailure));
    }

    [Fact]
    public void Line_ends_are_seen_as_one_character()
    {
        Write("ready\r\nnext\r");
        var matcher = new SerialMatcher(_log, ["^ready$", "^next$"]);
        Assert.Equal((0L, 5L, ""), Bounds(Next(matcher)));
        Assert.Equal((7L, 11L, "\r\n"), Bounds(Next(matcher)));
    }

    [Fact]
    public void A_line_begins_where_it_does_and_not_where_the_last_match_ended()
    {
        Write("ab\nb");
        var first = new SerialMatcher(_log, ["a"]);
        Assert.NotNull(Next(first));
        Assert.Equal(3, Next(new SerialMatcher(_log, ["^b"], position: first.Position))!.Start);
    }

    [Fact]
    public void Offsets_are_bytes_whatever_the_text()
    {
        _log.Write([0xFF]);
        Write("€\r\n𝄞 ok");
        SerialMatch match = Next(new SerialMatcher(_log, ["𝄞 ok"]))!;
        Assert.Equal((6L, 13L), (match.Start, match.End));
    }

    [Fact]
    public void An_empty_match_is_taken_once_at_its_place()
    {
        Write("a\nb");
        var matcher = new SerialMatcher(_log, ["^"]);
        Assert.Equal(0, Next(matcher)!.Start);
        Assert.Equal(2, Next(matcher)!.Start);
        Assert.Null(Next(matcher));
    }

    [Fact]
    public void A_match_across_lines_is_found_when_it_comes_in_pieces()
    {
        var matcher = new SerialMatcher(_log, ["(?s)BEGIN.*END"]);
        Write("BEGIN\none\n");
        Assert.Null(Next(matcher));
        Write("two\nEND\n");
        Assert.Equal("BEGIN\none\ntwo\nEND", Next(matcher)!.Value);
    }

    [Fact]
    public void A_megabyte_of_lines_is_searched_to_its_end()
    {
        var matcher = new SerialMatcher(_log, ["needle \\d+"]);
        string filler = new('x', 70);
        for (int i = 0; i < 15_000; i++)
        {
            Write(filler + "\n");
            if (i % 1000 == 0) Assert.Null(Next(matcher));
        }

        Write("needle 1\nneedle 2\n");
        Assert.Equal("needle 1", Next(matcher)!.Value);
        Assert.Equal("needle 2", Next(matcher)!.Value);
        Assert.Null(Next(matcher));
    }

    [Fact]
    public void Every_line_of_a_long_log_is_matched_once()
    {
        for (int i = 0; i < 20_000; i++) Write($"line {i}\r\n");
        var matcher = new SerialMatcher(_log, ["^line (\\d+)$"]);
        for (int i = 0; i < 20_000; i++) Assert.Equal($"{i}", Next(matcher)!.Groups["1"]);
        Assert.Null(Next(matcher));
    }

    [Fact]
    public async Task A_wait_ends_with_the_match()
    {
        var matcher = new SerialMatcher(_log, ["# $"]);
        Task<SerialMatch?> wait = Task.Run(() => matcher.Wait(Timeout.InfiniteTimeSpan, CancellationToken.None));
        Write("Welcome\n");
        Write("# ");
        Assert.Equal("# ", (await wait)!.Value);
    }

    [Fact]
    public async Task A_wait_ends_with_the_machine_after_its_last_words()
    {
        var matcher = new SerialMatcher(_log, ["words\r$"]);
        Task<SerialMatch?> found = Task.Run(() => matcher.Wait(Long, CancellationToken.None));
        Task<SerialMatch?> none = Task.Run(() => new SerialMatcher(_log, ["nothing"]).Wait(Long, CancellationToken.None));
        Write("last words\r");
        _log.Complete();
        Assert.NotNull(await found);
        Assert.Null(await none);
    }

    [Fact]
    public void Bytes_that_came_with_the_end_after_a_search_are_searched()
    {
        var matcher = new SerialMatcher(_log, ["words"]);
        Assert.Null(matcher.Wait(TimeSpan.Zero, CancellationToken.None));
        Write("last words");
        _log.Complete();

        Assert.False(matcher.IsAtEnd); // Complete is the log, and not yet the search.
        Assert.NotNull(matcher.Wait(TimeSpan.Zero, CancellationToken.None));
        Assert.Null(matcher.Wait(TimeSpan.Zero, CancellationToken.None));
        Assert.True(matcher.IsAtEnd);
    }

    [Fact]
    public void Text_that_was_dropped_is_skipped()
    {
        var log = new SerialLog(TimeProvider.System, new SerialLogOptions { BoundBytes = 64, HeadBytes = 16, ChunkBytes = 8 });
        var matcher = new SerialMatcher(log, ["end"]);
        log.Write("begin"u8);
        Assert.False(matcher.TryMatch(out _));
        for (int i = 0; i < 100; i++) log.Write("0123456789"u8);
        log.Write("end"u8);

        Assert.True(matcher.TryMatch(out SerialMatch? match));
        Assert.Equal(1005, match.Start);
    }

    [Fact]
    public void A_pattern_without_end_is_stopped()
    {
        Write(new string('a', 60) + "b");
        var matcher = new SerialMatcher(_log, ["^(a+)+$"], matchTimeout: TimeSpan.FromMilliseconds(20));
        Assert.Throws<RegexMatchTimeoutException>(() => matcher.TryMatch(out _));
    }

    [Fact]
    public void A_pattern_that_is_none_is_refused() => Assert.ThrowsAny<ArgumentException>(() => new SerialMatcher(_log, ["("]));

    private static (long Start, long End, string Before) Bounds(SerialMatch? match) => (match!.Start, match.End, match.TextBefore);

    private static SerialMatch? Next(SerialMatcher matcher) => matcher.TryMatch(out SerialMatch? match) ? match : null;

    private void Write(string text) => _log.Write(Encoding.UTF8.GetBytes(text));
}
