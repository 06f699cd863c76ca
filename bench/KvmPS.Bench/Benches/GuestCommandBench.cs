using System.Diagnostics;
using System.Text;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Guest;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS.Bench.Benches;

/// <summary>Commands and files through the shell of the Linux test guest: what the host adds to a command, whether each of many answers is right, how fast files go.</summary>
internal sealed class GuestCommandBench : IBench
{
    private const int Pairs = 61;
    private const int EditedPairs = 21;
    private const int LongestOutput = 1000;
    private const int LongestRandom = 12; // each is typed twice, as four characters
    private const int EditedShare = 20;
    private const int UartBytes = 32 << 10; // some kilobytes a second where the guest's kernel is emulated
    private const int ConsoleBytes = 256 << 10;
    private const double Kibibyte = 1024;
    private const double MostOverhead = 5; // ms
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public string Name => "guestcommand";

    /// <inheritdoc/>
    public string Purpose => "Linux test guest: a command beside the same line written and read raw, ms; many commands with random outputs; files, KiB/s";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        Table.Header("raw");
        using (VirtualMachine machine = Boot(MachineConsole.TtyS0, "console=ttyS0 SHELL"))
        {
            Copies(machine.Serial!, UartBytes);
            AtTheShell(machine.Serial!, options.RoundsOr(full: 1000, quick: 60));
        }

        using (VirtualMachine machine = Boot(MachineConsole.Hvc0, "console=ttyS0 console=hvc0 SHELL")) Copies(machine.Serial!, ConsoleBytes);
        Table.Note("The guest's kernel is emulated on the build machines, at some hundred milliseconds for a new process and eight for a character in BusyBox' line editor; the host's part is the median of the differences between neighbours.");
    }

    private static VirtualMachine Boot(MachineConsole console, string commandLine)
    {
        var machine = new VirtualMachine(new MachineConfig
        {
            Name = "guestcommand",
            Boot = new KernelBoot(Places.TestGuest("vmlinux")) { Initrds = [Places.TestGuest("initrd.cpio")], CommandLine = commandLine },
            MemoryBytes = 64ul << 20,
            Acpi = false,
            Console = console,
        });
        machine.Start();
        GuestShell.At(machine.Serial!).Run(new GuestCommand("true"), login: null, Patient());
        return machine;
    }

    /// <summary>
    /// The same command in turn by the shell's frame and by hand, so that both meet the same moments of a noisy machine; and what of it comes when the answer
    /// has come already, which no noise of the guest is in.
    /// </summary>
    private static void Overhead(SerialPort port, int pairs, string where)
    {
        List<double> ours = [];
        List<double> raw = [];
        List<double> after = [];
        Action? others = port.Log.LineEnded;
        long lineEnded = 0;
        port.Log.LineEnded = () =>
        {
            Volatile.Write(ref lineEnded, Stopwatch.GetTimestamp());
            others?.Invoke();
        };
        for (int i = 0; i < pairs; i++)
        {
            raw.Add(Raw(port, $"r{i:d3}"));
            GuestShell.At(port).Run(new GuestCommand("true"), login: null, Patient()); // finds the shell again, since somebody else has typed
            long start = Stopwatch.GetTimestamp();
            GuestShell.At(port).Run(new GuestCommand("true"), login: null, Patient());
            ours.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            after.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref lineEnded)).TotalMilliseconds);
        }

        port.Log.LineEnded = others;
        Table.Row($"'true' {where}, ms", ours.Median(), raw.Median(), Bar.None);
        Table.Row("  over its neighbour by hand, ms", ours.Zip(raw, static (shell, hand) => shell - hand).Median(), Bar.AtMost(MostOverhead));
        Table.Row("  from its last byte to the answer, ms", after.Median(), Bar.AtMost(MostOverhead));
        Table.Samples("by the shell, ms", ours);
        Table.Samples("by hand, ms", raw);
    }

    private static double Raw(SerialPort port, string word)
    {
        var cursor = new SerialMatcher(port.Log, [$"{word}{word}:0\n"], position: port.Log.TotalBytes);
        byte[] line = Encoding.ASCII.GetBytes($"\x15 echo {word}''{word};(eval 'true')</dev/null;echo {word}''{word}:$?\n");
        long start = Stopwatch.GetTimestamp();
        port.WriteInput(line);
        if (cursor.Wait(Patience, CancellationToken.None) is null) throw new BenchNotPossibleException("the guest does not answer");
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>First at the prompt of BusyBox, whose line editor takes a long time for each character in this guest; then at a shell without one, to which typing is nearly free.</summary>
    private static void AtTheShell(SerialPort port, int count)
    {
        Overhead(port, EditedPairs, "at the prompt");
        Commands(port, count / EditedShare, "at the prompt");
        port.WriteInput("stty -echo;exec sh -s\n"u8);
        Overhead(port, Pairs, "without a line editor");
        Commands(port, count, "without a line editor");
    }

    /// <summary>Many commands of a shell's builtins, with random output and exit codes.</summary>
    private static void Commands(SerialPort port, int count, string where)
    {
        var random = new Random(count);
        GuestShell shell = GuestShell.At(port);
        shell.Run(new GuestCommand("true"), login: null, Patient());

        int wrong = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = new byte[random.Next(LongestRandom)];
            random.NextBytes(bytes);
            int width = random.Next(1, LongestOutput);
            int code = random.Next(256);
            string octal = string.Concat(bytes.Select(static value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"));
            GuestAnswer answer = shell.Run(new GuestCommand($"printf '{octal}%0{width}d{octal}' {i};exit {code}"), login: null, Patient());
            byte[] expected = [.. bytes, .. Encoding.ASCII.GetBytes($"{i}".PadLeft(width, '0')), .. bytes];
            if (answer.ExitCode != code || !answer.Output.AsSpan().SequenceEqual(expected)) wrong++;
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Table.Row($"commands right {where}", count - wrong);
        Table.Row($"wrong of {count} {where}", wrong, Bar.AtMost(0));
        Table.Row($"commands a second {where}", count / seconds);
    }

    private static void Copies(SerialPort port, int length)
    {
        byte[] bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        var files = new GuestFiles(GuestShell.At(port), login: null, Patient());
        long start = Stopwatch.GetTimestamp();
        files.Put(new MemoryStream(bytes), "file", "/tmp/file", mode: null, overwrite: true, static _ => { });
        Table.Row($"{port.Name}, to the guest, KiB/s", length / Kibibyte / Stopwatch.GetElapsedTime(start).TotalSeconds);

        var back = new MemoryStream();
        start = Stopwatch.GetTimestamp();
        files.Get("/tmp/file", back, static (_, _) => { });
        Table.Row($"{port.Name}, from the guest, KiB/s", length / Kibibyte / Stopwatch.GetElapsedTime(start).TotalSeconds);
        Table.Row($"{port.Name}, bytes wrong", back.ToArray().AsSpan().SequenceEqual(bytes) ? 0 : 1, Bar.AtMost(0));
    }

    private static GuestPatience Patient() => new(Patience, CancellationToken.None);
}
