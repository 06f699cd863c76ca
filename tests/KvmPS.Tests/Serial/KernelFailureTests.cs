using System.Text;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Serial;

/// <summary>The lines of a broken kernel: which they are, which they are not, and who goes before them.</summary>
public sealed class KernelFailureTests
{
    private readonly SerialLog _log = new(TimeProvider.System);

    [Theory]
    [InlineData("Kernel panic", "[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)")]
    [InlineData("Kernel panic", "<0>[    1.234567] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b")]
    [InlineData("Kernel panic", "Kernel panic - not syncing: sysrq triggered crash")]
    [InlineData("Kernel panic", "[    0.000000][    T0] Kernel panic - not syncing: x")]
    [InlineData("early exception", "PANIC: early exception 0x0e IP 10:ffffffff81000000 error 0 cr2 0x0")]
    [InlineData("Oops", "[   12.000001] Oops: 0002 [#1] PREEMPT SMP NOPTI")]
    [InlineData("Oops", "[   12.000001] Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP")]
    [InlineData("Oops", "[   12.000001] general protection fault, maybe for address 0x0: 0000 [#1] SMP")]
    [InlineData("Oops", "invalid opcode: 0000 [#2] SMP PTI")]
    [InlineData("BUG", "[  100.000001] BUG: kernel NULL pointer dereference, address: 0000000000000010")]
    [InlineData("BUG", "[  100.000001][ C3] BUG: scheduling while atomic: swapper/0/1/0x00000002")]
    [InlineData("BUG", "BUG: unable to handle page fault for address: ffffffffc0000000")]
    [InlineData("BUG", "BUG: KASAN: slab-out-of-bounds in x+0x1/0x2")]
    [InlineData("kernel BUG at", "[    3.000000] kernel BUG at mm/slub.c:305!")]
    [InlineData("Unable to handle kernel", "[    3.000000] Unable to handle kernel paging request at virtual address 0")]
    public void A_broken_kernel_is_heard(string name, string line)
    {
        SerialMatcher matcher = Waiting("login: ");
        Write($"before\r\n{line}");
        Assert.Null(Next(matcher)); // the line may go on

        Write("\r\nlogin: ");
        SerialMatch match = Next(matcher)!;
        Assert.Equal((true, name, line, "before\r\n"), (match.IsFailure, match.KernelFailure?.Name, match.Value, match.TextBefore));
        Assert.Equal("login: ", Next(matcher)!.Value);
    }

    [Theory]
    [InlineData("echo Kernel panic - not syncing")]
    [InlineData("grep: looking for Kernel panic - not syncing: x")]
    [InlineData("[    1.234567] ---[ end Kernel panic - not syncing: x ]---")]
    [InlineData("[    1.234567] Command line: panic=-1 oops=panic")]
    [InlineData("[    1.234567] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [swapper/0:1]")]
    [InlineData("BUG: 1234 is fixed in this release")]
    [InlineData("see kernel BUG at mm/slub.c:305!")]
    [InlineData("Oops: sorry")]
    [InlineData("[    1.234567] traps: prog[12] general protection fault ip:401000 sp:7ffc error:0 in prog")]
    public void Other_text_is_not_meant(string line)
    {
        Write($"{line}\nlogin: ");
        Assert.Equal("login: ", Next(Waiting("login: "))!.Value);
    }

    [Fact]
    public void A_line_follows_text_without_an_end()
    {
        Write("/ # [    9.000000] Kernel panic - not syncing: x\n");
        Assert.Same(KernelFailure.Panic, Next(Waiting("never"))!.KernelFailure);
    }

    [Theory]
    [InlineData("Kernel panic")]
    [InlineData("not syncing: V.*")]
    [InlineData("VFS$")]
    public void Who_waits_for_a_part_of_the_line_gets_it(string pattern)
    {
        Write("[    1.000000] Kernel panic - not syncing: VFS\n");
        SerialMatcher matcher = Waiting(pattern);
        SerialMatch match = Next(matcher)!;
        Assert.Equal((false, pattern), (match.IsFailure, match.Pattern));
        Assert.Null(Next(matcher)); // and the rest of the line is no failure then
    }

    [Fact]
    public void A_failure_pattern_of_the_caller_goes_before_too()
    {
        Write("[    1.000000] BUG: kernel NULL pointer dereference\n");
        SerialMatch match = Next(new SerialMatcher(_log, ["login"], ["NULL pointer"], kernelFailures: KernelFailure.All))!;
        Assert.Equal((true, "NULL pointer", (KernelFailure?)null), (match.IsFailure, match.Pattern, match.KernelFailure));
    }

    [Fact]
    public void What_comes_first_wins()
    {
        Write("login: \n[    1.000000] BUG: kernel NULL\n[    1.000000] Oops: 0002 [#1]\nlogin: ");
        SerialMatcher matcher = Waiting("login: ");
        Assert.Equal(
            ["login: ", "[    1.000000] BUG: kernel NULL", "[    1.000000] Oops: 0002 [#1]", "login: "],
            Enumerable.Range(0, 4).Select(_ => Next(matcher)!.Value));
    }

    [Fact]
    public void A_last_line_without_an_end_counts_when_the_log_is_complete()
    {
        SerialMatcher matcher = Waiting("never");
        Write("[    1.000000] Kernel panic - not syncing: cut");
        Assert.Null(Next(matcher));

        _log.Complete();
        Assert.EndsWith("cut", Next(matcher)!.Value, StringComparison.Ordinal);
        Assert.Null(Next(matcher));
    }

    [Fact]
    public void Text_that_looks_like_it_costs_no_more_time_than_other_text()
    {
        // Backtracking would try each of these stamps against the rest of the line.
        string stamps = string.Concat(Enumerable.Repeat("[    1.000000] a: ", 3000));
        Write($"{stamps} [#\nlogin: ");
        Assert.Equal("login: ", Next(Waiting("login: "))!.Value);
    }

    private SerialMatcher Waiting(string pattern) => new(_log, [pattern], kernelFailures: KernelFailure.All);

    private static SerialMatch? Next(SerialMatcher matcher) => matcher.TryMatch(out SerialMatch? match) ? match : null;

    private void Write(string text) => _log.Write(Encoding.UTF8.GetBytes(text));
}
