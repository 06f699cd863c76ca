using KvmPS.Bench.Measuring;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Benches;

/// <summary>A whole run of the Linux test guest, from power-on to its triple fault, beside QEMU with the same files.</summary>
internal sealed class LinuxBench : IBench
{
    private const string CommandLine = "console=ttyS0 fast";
    private const int Mebibytes = 64;

    /// <inheritdoc/>
    public string Name => "linux";

    /// <inheritdoc/>
    public string Purpose => "Linux test guest, start to end, seconds; QEMU -M microvm";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        string kernel = Places.TestGuest("vmlinux");
        string initrd = Places.TestGuest("initrd-tiny.cpio");
        List<Sample> ours = [];
        List<Sample> qemu = [];
        List<Sample> shell = [];
        for (int round = options.RoundsOr(full: 5, quick: 5); round > 0; round--)
        {
            ours.Add(RunOurs(kernel, initrd));
            qemu.Add(Sample.Of(Child.Run(Qemu.Program, Qemu.Boot(kernel, initrd, CommandLine, Mebibytes)).Checked("QEMU")));
            if (!options.Quick || shell.Count == 0) shell.Add(Sample.Of(RunShell(kernel, initrd)));
        }

        Table.Header("QEMU");
        Table.Row("start to end, s", Median(ours, static sample => sample.Seconds), Median(qemu, static sample => sample.Seconds), Bar.Ratio(1.02));
        Table.Row("host user CPU, s", Median(ours, static sample => sample.Cpu.User), Median(qemu, static sample => sample.Cpu.User), Bar.Ratio(1));
        Table.Row("host CPU, user and system, s", Median(ours, static sample => sample.Cpu.Total), Median(qemu, static sample => sample.Cpu.Total), Bar.None);
        Table.Row("host system CPU, s", Median(ours, static sample => sample.Cpu.System), Median(qemu, static sample => sample.Cpu.System), Bar.None);
        Table.Row("whole process of kvmsh, s", Median(shell, static sample => sample.Seconds), Median(qemu, static sample => sample.Seconds), Bar.None);
        Table.Row("whole process of kvmsh, host user CPU, s", Median(shell, static sample => sample.Cpu.User), Median(qemu, static sample => sample.Cpu.User), Bar.None);
        Table.Samples("KvmPS, s", ours.Select(static sample => sample.Seconds));
        Table.Samples("QEMU, s", qemu.Select(static sample => sample.Seconds));
        Table.Samples("KvmPS, user CPU, s", ours.Select(static sample => sample.Cpu.User));
        Table.Samples("QEMU, user CPU, s", qemu.Select(static sample => sample.Cpu.User));
        Table.Note("KvmPS runs in this process (the runtime is up; its garbage collector and compiler threads count), QEMU as a process of its own.");
    }

    private static Sample RunOurs(string kernel, string initrd)
    {
        var config = new MachineConfig
        {
            Name = "linux",
            Boot = new KernelBoot(kernel) { Initrds = [initrd], CommandLine = CommandLine },
            MemoryBytes = (ulong)Mebibytes << 20,
        };
        return Sample.Of(config, ExitReason.TripleFault);
    }

    private static Child RunShell(string kernel, string initrd)
    {
        string script = $"if ((Invoke-KvmVM '{kernel}' -Initrd '{initrd}' -CommandLine '{CommandLine}' -MemoryBytes {Mebibytes}MB).ExitReason -ne 'TripleFault') {{ exit 1 }}";
        return Child.Run(Places.Shell, ["-Command", script]).Checked("kvmsh");
    }

    private static double Median(IEnumerable<Sample> samples, Func<Sample, double> figure) => samples.Select(figure).Median();
}
