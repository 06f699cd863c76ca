using System.Text;
using KvmPS.Core.Guest;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Guest;

/// <summary>Commands and files over a real terminal with a real shell, at the speed of the host.</summary>
public sealed class HostShellTests
{
    private const string Dash = "dash -i";

    private static GuestPatience Patient => new(Patience.Long, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("dash -i")]
    [InlineData("bash --norc --noprofile -i")]
    [InlineData("stty cols 20; bash --norc --noprofile -i")] // wraps every line that is typed
    [InlineData("PS1='\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\w\\$ '; export PS1; TERM=xterm bash --norc --noprofile -i")]
    [InlineData("stty -echo; dash -i")]
    [InlineData("stty -onlcr; dash -i")]
    [InlineData("PS1=; export PS1; dash -i")]
    public void A_command_gives_its_output_and_its_exit_code(string terminal)
    {
        using var host = new HostShell(terminal);
        GuestShell shell = GuestShell.At(host.Port);

        Assert.Equal((0, ""), Run(shell, "true"));
        Assert.Equal((3, "one\ntwo\n"), Run(shell, "echo one\necho two >&2\nexit 3"));
        Assert.Equal((0, "it's \"$HOME\" `quoted` !! \\n\n"), Run(shell, "printf '%s\\n' 'it'\\''s \"$HOME\" `quoted` !! \\n'"));
        Assert.Equal((0, "ü\t!\n!"), Run(shell, "printf 'ü\t!\n!'"));
        Assert.NotEqual(0, Run(shell, "echo \"unterminated").Code);
        Assert.Equal((0, "still here\n"), Run(shell, "echo still here"));
    }

    [Theory]
    [InlineData("dash -i")]
    [InlineData("bash --norc --noprofile -i")]
    public void A_thousand_outputs_of_random_bytes_come_back_exactly(string terminal)
    {
        const int Commands = 1000;
        const int LongestOutput = 5000;
        var random = new Random(7);
        byte[] pool = new byte[64 << 10];
        random.NextBytes(pool);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, pool);
            using var host = new HostShell(terminal);
            GuestShell shell = GuestShell.At(host.Port);
            for (int i = 0; i < Commands; i++)
            {
                int length = random.Next(1, LongestOutput);
                int at = random.Next(pool.Length / length);
                int code = random.Next(256);
                GuestAnswer answer = shell.Run(new GuestCommand($"dd if={file} bs={length} skip={at} count=1 2>/dev/null; exit {code}"), login: null, Patient);
                Assert.Equal(code, answer.ExitCode);
                Assert.Equal(pool.AsSpan(at * length, length).ToArray(), answer.Output);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Commands_from_many_threads_get_each_its_own_answer()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal((i, $"{i}\n"), Run(shell, $"echo {i}; exit {i}")));
    }

    [Fact]
    public void No_command_changes_the_shell()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        (_, string before) = Run(shell, "pwd");
        Run(shell, "cd /; x=1; set -- a b; exec true");
        Assert.Equal((0, before), Run(shell, "pwd"));
    }

    [Fact]
    public void Input_of_any_bytes_reaches_the_command()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        byte[] every = [.. Enumerable.Range(0, 256).Select(static value => (byte)value)];
        GuestAnswer answer = shell.Run(new GuestCommand("cat; exit 5") { Input = every }, login: null, Patient);
        Assert.Equal(every, answer.Output);
        Assert.Equal(5, answer.ExitCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20_000)]
    [InlineData(300_000)]
    public void Input_of_any_length_reaches_the_command(int length)
    {
        using var host = new HostShell(Dash);
        byte[] input = Bytes(length);
        GuestAnswer answer = GuestShell.At(host.Port).Run(new GuestCommand("cat") { Input = input }, login: null, Patient);
        Assert.Equal(input, answer.Output);
    }

    [Fact]
    public void A_long_command_is_typed_in_pieces()
    {
        using var host = new HostShell(Dash);
        string text = new('x', 9000);
        Assert.Equal((0, text + "\n"), Run(GuestShell.At(host.Port), $"echo {text}"));
    }

    [Fact]
    public void A_command_that_no_terminal_takes_is_refused()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        Assert.Throws<ArgumentException>(() => Run(shell, new string('x', GuestShell.LongestLine)));
        Assert.Throws<ArgumentException>(() => Run(shell, "echo \0"));
    }

    [Fact]
    public void A_command_that_takes_too_long_is_interrupted_and_the_next_one_runs()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        Run(shell, "true");
        GuestTimeoutException late = Assert.Throws<GuestTimeoutException>(() =>
            shell.Run(new GuestCommand("echo begun; sleep 1000"), login: null, new GuestPatience(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken)));
        Assert.True(late.HasBegun);
        Assert.Equal("begun\n", Encoding.UTF8.GetString(late.Output));
        Assert.Equal((0, "next\n"), Run(shell, "echo next"));
    }

    [Fact]
    public void A_cancelled_command_is_interrupted()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        Run(shell, "true");
        using var stop = new CancellationTokenSource();
        var patience = new GuestPatience(Timeout.InfiniteTimeSpan, stop.Token);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            shell.Run(new GuestCommand("echo begun; sleep 1000") { Progress = bytes => { if (bytes > 0) stop.Cancel(); } }, login: null, patience));
        Assert.Equal((0, "next\n"), Run(shell, "echo next"));
    }

    [Fact]
    public void Endless_output_is_an_error_and_leaves_the_shell_usable()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        Assert.Throws<GuestOutputException>(() => shell.Run(new GuestCommand("while :; do echo no end; done") { MaximumOutputBytes = 10_000 }, login: null, Patient));
        Assert.Equal((0, "next\n"), Run(shell, "echo next"));
    }

    [Fact]
    public void What_somebody_else_has_begun_to_type_is_no_part_of_a_command()
    {
        using var host = new HostShell("bash --norc --noprofile -i");
        GuestShell shell = GuestShell.At(host.Port);
        Run(shell, "true");
        host.Port.WriteInput("echo begun 'and not"u8);
        Assert.Equal((0, "mine\n"), Run(shell, "echo mine"));
        host.Port.WriteInput("echo 'an open quote\n"u8);
        Assert.Equal((0, "mine\n"), Run(shell, "echo mine"));
    }

    [Fact]
    public void The_end_of_the_line_ends_the_command()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        Assert.Throws<GuestConsoleEndedException>(() => Run(shell, "kill -9 $PPID; kill -HUP $$; sleep 1000"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public void A_file_goes_there_and_back(int length)
    {
        using var host = new HostShell(Dash);
        string folder = Directory.CreateTempSubdirectory("kvmps-").FullName;
        try
        {
            byte[] bytes = Bytes(length);
            var story = new List<string>();
            var files = new GuestFiles(GuestShell.At(host.Port), login: null, new GuestPatience(Patience.Long, TestContext.Current.CancellationToken) { Story = story.Add });
            (string path, _) = files.Put(new MemoryStream(bytes), "it's a file", folder, UnixFileMode.UserRead | UnixFileMode.UserExecute, overwrite: false, static _ => { });
            Assert.Equal(Path.Combine(folder, "it's a file"), path);
            Assert.Equal(bytes, File.ReadAllBytes(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, new FileInfo(path).UnixFileMode);

            Assert.DoesNotContain(story, static step => step.Contains("printf", StringComparison.Ordinal));
            var back = new MemoryStream();
            (UnixFileMode? mode, _) = files.Get(path, back, static (_, _) => { });
            Assert.Equal(bytes, back.ToArray());
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, mode);
            Assert.Single(Directory.GetFiles(folder));

            Assert.Equal(GuestCopyProblem.Exists, Problem(() => files.Put(new MemoryStream(bytes), "it's a file", folder, mode: null, overwrite: false, static _ => { })));
            Assert.Equal(GuestCopyProblem.IsDirectory, Problem(() => files.Get(folder, back, static (_, _) => { })));
            Assert.Equal(GuestCopyProblem.NotFound, Problem(() => files.Get(folder + "/none", back, static (_, _) => { })));
            Assert.Equal(GuestCopyProblem.Refused, Problem(() => files.Put(new MemoryStream(bytes), "x", "/proc/none/none", mode: null, overwrite: false, static _ => { })));
            Assert.Equal((0, "next\n"), Run(GuestShell.At(host.Port), "echo next"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_replaces_one_has_its_owner_and_its_mode()
    {
        using var host = new HostShell(Dash);
        GuestShell shell = GuestShell.At(host.Port);
        string folder = Directory.CreateTempSubdirectory("kvmps-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "x.part"), "somebody's");
            File.WriteAllText(Path.Combine(folder, "x"), "old");
            Run(shell, $"cd {folder}; chmod 4640 x; chown 1234:2345 x"); // as root only
            (_, string before) = Run(shell, $"stat -c %u:%g {folder}/x");

            new GuestFiles(shell, login: null, Patient).Put(new MemoryStream([1]), "x", folder, UnixFileMode.UserRead, overwrite: true, static _ => { });

            Assert.Equal(before.TrimEnd() + " 640\n", Run(shell, $"stat -c '%u:%g %a' {folder}/x").Output);
            Assert.Equal([1], File.ReadAllBytes(Path.Combine(folder, "x")));
            Assert.Equal("somebody's", File.ReadAllText(Path.Combine(folder, "x.part")));
            Assert.Equal(2, Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("x", 255)]
    [InlineData("ü", 127)]
    public void A_file_may_have_the_longest_name_that_there_is(string letter, int count)
    {
        using var host = new HostShell(Dash);
        string name = string.Concat(Enumerable.Repeat(letter, count));
        string folder = Directory.CreateTempSubdirectory("kvmps-").FullName;
        try
        {
            new GuestFiles(GuestShell.At(host.Port), login: null, Patient).Put(new MemoryStream([1]), name, folder, mode: null, overwrite: false, static _ => { });
            Assert.Equal([Path.Combine(folder, name)], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_goes_to_a_guest_that_has_neither_stty_nor_head()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kvmps-");
        try
        {
            string tools = Path.Combine(folder.FullName, "tools");
            using var host = new HostShell($"mkdir {tools}; for t in cat cksum mv chmod rm wc; do ln -s $(command -v $t) {tools}/; done; PATH={tools} /bin/dash -i");
            var files = new GuestFiles(GuestShell.At(host.Port), login: null, Patient);
            byte[] bytes = Bytes(5000);
            (_, string checksum) = files.Put(new MemoryStream(bytes), "x", folder.FullName, mode: null, overwrite: false, static _ => { });
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(folder.FullName, "x")));
            Assert.EndsWith(" 5000", checksum, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static GuestCopyProblem Problem(Action copy) => Assert.Throws<GuestCopyException>(copy).Problem;

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static (int Code, string Output) Run(GuestShell shell, string command)
    {
        GuestAnswer answer = shell.Run(new GuestCommand(command), login: null, Patient);
        return (answer.ExitCode, Encoding.UTF8.GetString(answer.Output));
    }
}
