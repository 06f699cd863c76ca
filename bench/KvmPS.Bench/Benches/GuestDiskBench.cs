using System.Globalization;
using System.Text.RegularExpressions;
using KvmPS.Bench.Guests;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Block;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Benches;

/// <summary>Direct 64 KiB reads and writes of the Linux test guest on its first disk, by the guest's own clock, beside QEMU with the same image.</summary>
internal sealed partial class GuestDiskBench : IBench
{
    private const int Mebibytes = 16;
    private const string CommandLine = "console=ttyS0 SHELL";

    /// <inheritdoc/>
    public string Name => "guestdisk";

    /// <inheritdoc/>
    public string Purpose => "Linux test guest, direct 64 KiB requests on /dev/vda, MiB/s by the guest's clock; QEMU -M microvm";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        string image = Path.Combine(Path.GetTempPath(), $"kvmps-bench-{Environment.ProcessId}.img");
        List<Sample> ours = [];
        List<Sample> qemu = [];
        try
        {
            File.WriteAllBytes(image, new byte[Mebibytes << 20]); // allocated, and in the page cache
            for (int round = options.RoundsOr(full: 5, quick: 2); round > 0; round--)
            {
                using (IGuestShell shell = new OurShell(Ours(image))) ours.Add(Measure(shell));
                using (IGuestShell shell = new QemuShell(Peer(image))) qemu.Add(Measure(shell));
            }
        }
        finally
        {
            File.Delete(image);
        }

        Table.Header("QEMU");
        Row("read, MiB/s", ours, qemu, static sample => sample.Read.Rate, Bar.AtLeast(0.95));
        Row("write, MiB/s", ours, qemu, static sample => sample.Write.Rate, Bar.AtLeast(0.95));
        Row("exits to the monitor a MiB read", ours, qemu, static sample => sample.Read.MonitorExits, Bar.Ratio(1));
        Row("exits to the monitor a MiB written", ours, qemu, static sample => sample.Write.MonitorExits, Bar.Ratio(1));
        Row("interrupts a MiB read", ours, qemu, static sample => sample.Read.Interrupts, Bar.Ratio(1));
        Row("interrupts a MiB written", ours, qemu, static sample => sample.Write.Interrupts, Bar.Ratio(1));
        Table.Samples("KvmPS read, MiB/s", ours.Select(static sample => sample.Read.Rate));
        Table.Samples("QEMU read, MiB/s", qemu.Select(static sample => sample.Read.Rate));
        Table.Samples("KvmPS write, MiB/s", ours.Select(static sample => sample.Write.Rate));
        Table.Samples("QEMU write, MiB/s", qemu.Select(static sample => sample.Write.Rate));
        Table.Note("Exits are those for device memory: as the machine counts them here, as KVM counts them for QEMU (query-stats). Interrupts are those of virtio0 in the guest's /proc/interrupts.");
    }

    private static MachineConfig Ours(string image) => new()
    {
        Name = "guestdisk",
        Boot = new KernelBoot(Places.TestGuest("vmlinux")) { Initrds = [Places.TestGuest("initrd.cpio")], CommandLine = CommandLine },
        MemoryBytes = 64ul << 20,
        Acpi = false,
        Disks = [new DiskConfig { Name = "disk0", Path = image, Format = DiskImageFormat.Raw }],
    };

    private static IEnumerable<string> Peer(string image) =>
    [
        .. Qemu.Boot(Places.TestGuest("vmlinux"), Places.TestGuest("initrd.cpio"), CommandLine, mebibytes: 64),
        "-drive", $"file={image},format=raw,if=none,id=disk", "-device", "virtio-blk-device,drive=disk",
    ];

    private static Sample Measure(IGuestShell shell) => new(
        Measure(shell, $"dd if=/dev/vda of=/dev/null bs=64k count={Mebibytes * 16} iflag=direct"),
        Measure(shell, $"dd if=/dev/zero of=/dev/vda bs=64k count={Mebibytes * 16} oflag=direct"));

    /// <summary>What a command does to the disk; besides it only words that the shell itself knows, since a process costs this guest seconds.</summary>
    private static Figures Measure(IGuestShell shell, string command)
    {
        double interruptsBefore = Interrupts(shell);
        long exitsBefore = shell.MmioExits;
        string said = shell.Run($"read before < /proc/uptime; {command}; read after < /proc/uptime; echo $before; echo $after");
        long exits = shell.MmioExits - exitsBefore;
        MatchCollection times = Uptimes().Matches(said);
        if (times.Count != 2 || !said.Contains($"{Mebibytes * 16}+0 records out", StringComparison.Ordinal)) throw new BenchNotPossibleException($"the guest's dd said: {said}");
        double seconds = double.Parse(times[1].Groups["seconds"].Value, CultureInfo.InvariantCulture) - double.Parse(times[0].Groups["seconds"].Value, CultureInfo.InvariantCulture);
        return new Figures(
            Mebibytes / seconds,
            (double)exits / Mebibytes, // ports are the console's, on which dd says two lines
            (Interrupts(shell) - interruptsBefore) / Mebibytes);
    }

    private static double Interrupts(IGuestShell shell)
    {
        Match line = VirtioInterrupts().Match(shell.Run("while read line; do echo $line; done < /proc/interrupts"));
        return line.Success ? double.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture) : throw new BenchNotPossibleException("the guest has no virtio0.");
    }

    private static void Row(string figure, List<Sample> ours, List<Sample> qemu, Func<Sample, double> value, Bar? bar) =>
        Table.Row(figure, ours.Select(value).Median(), qemu.Select(value).Median(), bar);

    [GeneratedRegex(@"^(?<seconds>\d+\.\d\d) \d+\.\d\d", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Uptimes();

    [GeneratedRegex(@"\d+:\s+(?<count>\d+).*virtio0", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex VirtioInterrupts();

    private readonly record struct Figures(double Rate, double MonitorExits, double Interrupts);

    private readonly record struct Sample(Figures Read, Figures Write);
}
