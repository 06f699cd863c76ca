using System.Text;
using KvmPS.Core.Guest;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Guest;

/// <summary>Consoles that make it hard: they ask for a login, are slow, wrap, paint, lie, and die.</summary>
public sealed class GuestShellTests
{
    private static readonly GuestLogin Root = new("root", "secret");

    private static GuestPatience Patient => new(Patience.Long, TestContext.Current.CancellationToken);

    private static GuestPatience Impatient => new(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(true, int.MaxValue, "# ")]
    [InlineData(true, 80, "# ")]
    [InlineData(true, 7, "# ")]
    [InlineData(false, int.MaxValue, "# ")]
    [InlineData(true, 80, "\e[1;32mroot@guest\e[0m:\e[34m~\e[0m# \e[6n")]
    [InlineData(true, 80, "")]
    [InlineData(true, 80, "login> ")]
    public void A_command_is_answered_whatever_the_terminal_looks_like(bool echo, int columns, string prompt)
    {
        using var console = new FakeConsole { Echo = echo, Columns = columns, Prompt = prompt, Run = static command => ($"ran {command}\n", 4) };
        console.Say("Welcome\r\n" + prompt);

        for (int i = 0; i < 3; i++) Assert.Equal((4, $"ran it {i}\n"), Run(console, $"it {i}"));
    }

    [Fact]
    public void A_prompt_that_a_kernel_message_has_hidden_is_found()
    {
        using var console = new FakeConsole();
        console.Say("# [   12.345678] random: crng init done\r\n");
        Assert.Equal((0, ""), Run(console, "true"));
    }

    [Fact]
    public void A_shell_that_comes_later_is_waited_for()
    {
        using var console = new FakeConsole();
        bool up = false;
        console.Before = _ => !Volatile.Read(ref up);
        using var boot = new Timer(_ =>
        {
            Volatile.Write(ref up, true);
            console.Say("[    9.9] Run /init as init process\r\n# ");
        });
        console.Say("[    0.0] Linux version\r\n");
        boot.Change(TimeSpan.FromMilliseconds(300), Timeout.InfiniteTimeSpan);

        Assert.Equal((0, ""), Run(console, "true"));
    }

    [Fact]
    public void A_login_is_answered_once_and_the_password_is_typed_at_its_prompt_only()
    {
        using var console = new FakeConsole();
        Getty(console, password: "secret");
        Assert.Equal((0, ""), Run(console, "true", Root));
        Assert.StartsWith("root\nsecret\n\x15 printf", console.Typed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_password_is_an_error_that_names_the_user()
    {
        using var console = new FakeConsole();
        Getty(console, password: "another");
        Assert.Equal("root", Assert.Throws<GuestLoginException>(() => Run(console, "true", Root)).UserName);
    }

    [Fact]
    public void A_login_without_a_credential_is_an_error()
    {
        using var console = new FakeConsole();
        Getty(console, password: "secret");
        Assert.Null(Assert.Throws<GuestLoginException>(() => Run(console, "true")).UserName);
        Assert.Empty(console.Typed);
    }

    [Fact]
    public void Sent_away_after_a_command_one_logs_in_again()
    {
        using var console = new FakeConsole { Run = static _ => ("", 0) };
        Getty(console, password: "secret");
        Run(console, "true", Root);
        Getty(console, password: "secret");
        Assert.Equal((0, ""), Run(console, "true", Root));
    }

    [Fact]
    public void Nobody_who_answers_is_a_timeout_before_the_command_began()
    {
        using var console = new FakeConsole { Before = static _ => true };
        console.Say("# ");
        GuestTimeoutException late = Assert.Throws<GuestTimeoutException>(() => Run(console, "true", patience: Impatient));
        Assert.False(late.HasBegun);
        Assert.DoesNotContain("eval", console.Typed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_is_never_typed_twice()
    {
        using var console = new FakeConsole();
        console.Say("# ");
        Run(console, "true");
        console.Before = static line => line.Contains("once", StringComparison.Ordinal);
        Assert.Throws<GuestTimeoutException>(() => Run(console, "once", patience: Impatient));
        console.Before = static _ => false;
        Run(console, "true");
        Assert.Equal(2, console.Typed.Split("once").Length);
    }

    [Fact]
    public void Slow_bytes_are_waited_for()
    {
        using var console = new FakeConsole
        {
            Run = static _ => ("slow", 0),
            Between = static _ =>
            {
                Thread.Sleep(5);
                return "";
            },
        };
        console.Say("# ");
        Assert.Equal((0, "slow"), Run(console, "true"));
    }

    [Fact]
    public void The_end_of_the_machine_in_the_middle_ends_the_command()
    {
        using var console = new FakeConsole();
        console.Say("# ");
        Run(console, "true");
        console.Before = _ =>
        {
            console.Say("last words");
            console.Port.Complete();
            return true;
        };
        Assert.Throws<GuestConsoleEndedException>(() => Run(console, "true"));
    }

    [Theory]
    [InlineData("aaaaaabbbbbb\n")]
    [InlineData(":0\n")]
    [InlineData("99999999999999999999\n")]
    [InlineData("")]
    public void What_a_guest_invents_is_output(string lie)
    {
        using var console = new FakeConsole { Run = _ => (lie, 0) };
        console.Say("# ");
        Assert.Equal((0, lie), Run(console, "true"));
    }

    [Fact]
    public void Another_panics_reason_ends_the_wait()
    {
        using var console = new FakeConsole { Before = static _ => true };
        console.Say("# ");
        var patience = new GuestPatience(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken) { Watch = static () => throw new InvalidDataException("panic") };
        Assert.Throws<InvalidDataException>(() => Run(console, "true", patience: patience));
    }

    [Fact]
    public async Task Who_waits_for_a_turn_may_leave_and_the_others_keep_their_order()
    {
        using var console = new FakeConsole();
        console.Say("# ");
        Run(console, "true");
        console.Before = static _ => true; // answers nobody
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        Task holder = Task.Run(() => Run(console, "one", patience: new GuestPatience(Timeout.InfiniteTimeSpan, first.Token)));
        SpinWait.SpinUntil(() => console.Typed.Contains("'one'", StringComparison.Ordinal));
        Task leaver = Task.Run(() => Run(console, "two", patience: new GuestPatience(Timeout.InfiniteTimeSpan, second.Token)));
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        Assert.False(holder.IsCompleted);
        console.Before = static _ => false;
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => holder);
        Assert.Equal((0, ""), Run(console, "three"));
        Assert.DoesNotContain("'two'", console.Typed, StringComparison.Ordinal);
    }

    /// <summary>A login program before the shell.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void A_line_of_the_kernel_inside_the_frame_changes_nothing(int exitCode)
    {
        int at = -1;
        using var console = new FakeConsole { Run = _ => ("out\n", exitCode), Between = i => i == at ? "[   12.345678] random: crng init done\r\n" : "" };
        console.Say("# ");
        int begin = "abcdefgh\r\n".Length;
        int end = begin + "out\r\n".Length;
        int length = end + $"abcdefgh:{exitCode}\r\n".Length;
        for (at = 0; at < length; at++)
            if (at < begin || at > end) Assert.Equal((exitCode, "out\n"), Run(console, $"at {at}"));
    }

    [Fact]
    public void Where_the_line_tells_what_the_kernel_says_itself_it_is_never_output()
    {
        int at = -1;
        FakeConsole console = null!;
        console = new FakeConsole
        {
            TellsKernel = true,
            Run = static _ => ("out\n", 3),
            Between = i =>
            {
                if (i == at) console.SayAsKernel("no stamp\r\nand no end");
                return "";
            },
        };
        using (console)
        {
            console.Say("# ");
            int length = "abcdefgh\r\nout\r\nabcdefgh:3\r\n".Length;
            for (at = 0; at < length; at++) Assert.Equal((3, "out\n"), Run(console, $"at {at}"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_line_of_the_kernel_inside_the_answer_to_a_probe_changes_nothing(bool asKernel)
    {
        for (int at = 0; at < 8; at++)
        {
            using var console = new FakeConsole { InProbe = at, TellsKernel = asKernel };
            if (asKernel) console.Interrupts = () => console.SayAsKernel("no stamp\r\n");
            else console.Interrupts = () => console.Say("[   12.345678] random: crng init done\r\n");
            console.Say("# ");
            Assert.Equal((0, ""), Run(console, "true"));
        }
    }

    [Theory]
    [InlineData("[   12.345678] BUG: unable to handle page fault for address: 0\r\n", "BUG")]
    [InlineData("BUG: kernel NULL pointer dereference, address: 0\r\n", "BUG")]
    [InlineData("[   12.345678] Oops: 0002 [#1] SMP PTI\r\n", "Oops")]
    [InlineData("[   12.345678] Kernel panic - not syncing: no\r\n", "Kernel panic")]
    public void A_kernel_that_breaks_ends_the_command_and_one_in_its_output_does_not(string line, string failure)
    {
        using var console = new FakeConsole { TellsKernel = true, Run = _ => ("begun\n" + line, 0) };
        console.Say("# ");
        GuestPatience Listening() => new(Patience.Long, TestContext.Current.CancellationToken) { Kernel = new KernelWatch([console.Port], console.Port) };

        Assert.Equal((0, $"begun\n{line.ReplaceLineEndings("\n")}"), Run(console, "dmesg", patience: Listening()));
        console.SayAsKernel(line); // before the command: not its business
        Assert.Equal(0, Run(console, "dmesg", patience: Listening()).Code);

        string written = "";
        console.Before = typed =>
        {
            if (!typed.Contains("eval", StringComparison.Ordinal)) return false;
            string word = FakeConsole.WordOf(typed);
            written = $"out{word[..3]}"; // which could become the word that ends the output
            console.Say($"{word}\r\n{written}");
            console.SayAsKernel(line);
            return true;
        };
        GuestKernelException broken = Assert.Throws<GuestKernelException>(() => Run(console, "sleep", patience: Listening()));
        Assert.Equal(failure, broken.Failure.Name);
        Assert.Equal(line.TrimEnd(), broken.Line);
        Assert.Equal(written, Encoding.ASCII.GetString(broken.Output));
    }

    [Fact]
    public void What_a_command_wrote_before_its_kernel_broke_is_kept_though_nobody_had_read_it()
    {
        using var console = new FakeConsole { TellsKernel = true };
        console.Say("# ");
        console.Before = typed =>
        {
            if (typed.Contains("eval", StringComparison.Ordinal)) console.Say($"{FakeConsole.WordOf(typed)}\r\n");
            return typed.Contains("eval", StringComparison.Ordinal);
        };
        bool said = false;
        void SayOnce(long bytes) // between a read and the look at the kernel
        {
            if (said) return;
            said = true;
            console.Say("all of it");
            console.SayAsKernel("BUG: kernel NULL pointer dereference, address: 0\r\n");
        }

        var patience = new GuestPatience(Patience.Long, TestContext.Current.CancellationToken) { Kernel = new KernelWatch([console.Port], console.Port) };
        var command = new GuestCommand("sleep") { Progress = SayOnce };
        GuestKernelException broken = Assert.Throws<GuestKernelException>(() => GuestShell.At(console.Port).Run(command, login: null, patience));
        Assert.Equal("all of it", Encoding.ASCII.GetString(broken.Output));
    }

    [Fact]
    public void A_kernel_that_breaks_on_another_port_ends_the_command()
    {
        using var console = new FakeConsole();
        using var uart = new FakeConsole { TellsKernel = true };
        uart.Say("# ");
        console.Say("# ");
        console.Before = line =>
        {
            if (line.Contains("eval", StringComparison.Ordinal)) uart.SayAsKernel("[   12.345678] Oops: 0002 [#1] SMP PTI\r\n");
            return false;
        };
        var patience = new GuestPatience(Patience.Long, TestContext.Current.CancellationToken) { Kernel = new KernelWatch([uart.Port], console.Port) };
        Assert.Throws<GuestKernelException>(() => Run(console, "true", patience: patience));
    }

    [Fact]
    public void A_small_guest_that_always_polls_has_no_kernel()
    {
        using var console = new FakeConsole { Run = static _ => ("[   12.345678] Oops: 0002 [#1] SMP PTI\n", 0) };
        ((KvmPS.Core.Devices.ISerialSink)console.Port).PollingChanged(polls: true);
        console.Say("# ");
        var patience = new GuestPatience(Patience.Long, TestContext.Current.CancellationToken) { Kernel = new KernelWatch([console.Port], console.Port) };
        Assert.Equal((0, "[   12.345678] Oops: 0002 [#1] SMP PTI\n"), Run(console, "dmesg", patience: patience));
    }

    private static void Getty(FakeConsole console, string password)
    {
        string? user = null;
        console.Before = line =>
        {
            if (user is null)
            {
                user = line;
                console.Say("Password: ");
                return true;
            }

            if (line == password)
            {
                console.Before = static _ => false;
                console.Say("Last login: yesterday\r\n# ");
                return true;
            }

            user = null;
            console.Say("\r\nLogin incorrect\r\nguest login: ");
            return true;
        };
        console.Say("\r\nWelcome\r\n\r\nguest login: ");
    }

    private static (int Code, string Output) Run(FakeConsole console, string command, GuestLogin? login = null, GuestPatience? patience = null)
    {
        GuestAnswer answer = GuestShell.At(console.Port).Run(new GuestCommand(command), login, patience ?? Patient);
        return (answer.ExitCode, Encoding.Latin1.GetString(answer.Output));
    }
}
