using KvmPS.Bench.Measuring;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Benches;

/// <summary>A whole run of the Linux test guest on two vCPUs, from power-on to ACPI's soft-off, beside QEMU with the same files; and ours on four.</summary>
internal sealed class SmpBench : IBench
{
    private const string CommandLine = "console=ttyS0 fast POWEROFF";
    private const int Mebibytes = 64;
    private const int Vcpus = 2;
    private const int ManyVcpus = 4;

    /// <inheritdoc/>
    public string Name => "smp";

    /// <inheritdoc/>
    public string Purpose => "Linux test guest, 2 vCPUs, ACPI, start to power-off, seconds; QEMU -M microvm";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        string kernel = Places.TestGuest("vmlinux-smp");
        string initrd = Places.TestGuest("initrd-tiny.cpio");
        List<Sample> ours = [];
        List<Sample> qemu = [];
        for (int round = options.RoundsOr(full: 5, quick: 3); round > 0; round--)
        {
            ours.Add(RunOurs(kernel, initrd, Vcpus));
            qemu.Add(Sample.Of(Child.Run(Qemu.Program, Qemu.Boot(kernel, initrd, CommandLine, Mebibytes, Vcpus, acpi: true)).Checked("QEMU")));
        }

        Table.Header("QEMU");
        Table.Row("start to end, s", Median(ours, static sample => sample.Seconds), Median(qemu, static sample => sample.Seconds), Bar.Ratio(1.02));
        Table.Row("host CPU, user and system, s", Median(ours, static sample => sample.Cpu.Total), Median(qemu, static sample => sample.Cpu.Total), Bar.None);
        Table.Samples("KvmPS, s", ours.Select(static sample => sample.Seconds));
        Table.Samples("QEMU, s", qemu.Select(static sample => sample.Seconds));
        if (!options.Quick) Table.Samples($"KvmPS, {ManyVcpus} vCPUs, s", [RunOurs(kernel, initrd, ManyVcpus).Seconds]);
        Table.Note("KvmPS runs in this process, QEMU as a process of its own.");
    }

    private static Sample RunOurs(string kernel, string initrd, int vcpus) => Sample.Of(
        new MachineConfig
        {
            Name = "smp",
            Boot = new KernelBoot(kernel) { Initrds = [initrd], CommandLine = CommandLine },
            MemoryBytes = (ulong)Mebibytes << 20,
            VcpuCount = vcpus,
        },
        ExitReason.GuestShutdown);

    private static double Median(IEnumerable<Sample> samples, Func<Sample, double> figure) => samples.Select(figure).Median();
}
