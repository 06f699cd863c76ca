using System.Diagnostics;
using System.Globalization;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS.Bench.Benches;

/// <summary>
/// Debian's bzImage from power-on to its banner: ours extracts the payload on the host; QEMU lets the guest do it; the C loop finds it
/// extracted. All show the guest the host's CPUID; see bench/README.md for the few bits in which they differ.
/// </summary>
internal sealed class DebianBench : IBench
{
    private const string CommandLine = "console=ttyS0 earlyprintk=serial,ttyS0,115200 noxsave";
    private const string Banner = "Linux version";
    private const int Mebibytes = 256;
    private const int MillisecondsPerSecond = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public string Name => "debian";

    /// <inheritdoc/>
    public string Purpose => "Debian's bzImage, start to 'Linux version', seconds; a C loop on the extracted ELF, and QEMU";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        string image = Places.DebianKernel();
        string program = Places.Reference("enter-elf");
        string extracted = Places.InRoot("out/bench/debian-vmlinux");
        Child.Run(Places.InRoot("bench/reference/extract-vmlinux.sh"), [image, extracted]).Checked("extract-vmlinux.sh");

        List<double> ours = [];
        List<double> loop = [];
        List<double> qemu = [];
        for (int round = options.RoundsOr(full: 5, quick: 3); round > 0; round--)
        {
            ours.Add(RunOurs(image));
            loop.Add(RunLoop(program, extracted));
            if (qemu.Count == 0 || !options.Quick) qemu.Add(Child.RunUntil(Banner, Qemu.Program, Qemu.Boot(image, null, CommandLine, Mebibytes)));
        }

        Table.Header("peer");
        Table.Row("beside the C loop, s", ours.Median(), loop.Median(), Bar.Ratio(1.03));
        Table.Row("beside QEMU, s", ours.Median(), qemu.Median(), Bar.Ratio(1 / 6.0));
        Table.Samples("KvmPS, s", ours);
        Table.Samples("C loop, s", loop);
        Table.Samples("QEMU, s", qemu);
    }

    private static double RunOurs(string image)
    {
        var config = new MachineConfig
        {
            Name = "debian",
            Boot = new KernelBoot(image) { CommandLine = CommandLine },
            MemoryBytes = (ulong)Mebibytes << 20,
        };
        using var machine = new VirtualMachine(config);
        long start = Stopwatch.GetTimestamp();
        machine.Start();
        var matcher = new SerialMatcher(machine.Serial!.Log, [Banner]);
        bool found = matcher.Wait(Patience, CancellationToken.None) is not null;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return found ? seconds : throw new BenchNotPossibleException($"the banner never came: {machine.LastExit?.Message}");
    }

    /// <summary>The loop stops at the text by itself, and says how long that took from the start of the program.</summary>
    private static double RunLoop(string program, string vmlinux)
    {
        Child child = Child.Run(program, ["-q", "-m", $"{Mebibytes}", "-a", CommandLine, "-u", Banner, vmlinux]).Checked("enter-elf");
        string[] words = child.Errors.Split(' ');
        return double.Parse(words[Array.IndexOf(words, "KVM_RUN,") + 1], CultureInfo.InvariantCulture) / MillisecondsPerSecond;
    }
}
