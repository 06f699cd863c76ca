using System.Buffers.Binary;
using System.Globalization;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Boot;
using KvmPS.Core.Devices;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Benches;

/// <summary>A port write out of the guest, over dispatcher and bus to a device and back, beside the least that C can do.</summary>
internal sealed class PioBench : IBench
{
    private const int Count = 20_000;
    private const int CountOffset = 4;
    private const int PortOffset = 8;
    private const ushort Port = 0x300; // free on our machine; the guest program's own port has a device that is no clock
    private const int LoopRounds = 2; // of the C program: one to warm up, one to print
    private const double NanosecondsPerSecond = 1e9;
    private const ulong MemoryBytes = 16 << 20;

    /// <inheritdoc/>
    public string Name => "pio";

    /// <inheritdoc/>
    public string Purpose => "round trip of a port I/O exit, nanoseconds; a C loop with a table of ports";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        string program = Places.Reference("pio-loop");
        RunOurs(); // the C program has a round to warm up too
        List<double> ours = [];
        List<double> loop = [];
        List<double> oursCpu = [];
        List<double> loopCpu = [];
        double allocated = 0;
        for (int round = options.RoundsOr(full: 61, quick: 31); round > 0; round--)
        {
            (ClockedPort port, TimeSpan cpu) = RunOurs();
            ours.Add(port.NanosecondsPerWrite);
            oursCpu.Add(cpu.TotalNanoseconds / Count);
            allocated = Math.Max(allocated, port.BytesAllocated);
            Child child = Child.Run(program, [$"{Count}", "1"]).Checked("pio-loop");
            loopCpu.Add(child.Cpu.Total * NanosecondsPerSecond / (LoopRounds * Count));
            loop.Add(double.Parse(child.Output.Split(' ')[0], CultureInfo.InvariantCulture));
        }

        Table.Header("C loop");
        Table.Row("round trip, ns", ours.Median(), loop.Median(), Bar.Ratio(1.05));
        Table.Row("its CPU time, start and end included, ns", oursCpu.Median(), loopCpu.Median(), Bar.None);
        Table.Row("quietest round, ns", ours.Min(), loop.Min(), Bar.None);
        Table.Row($"bytes allocated in {Count} exits", allocated, Bar.AtMost(0));
        Table.Samples("KvmPS, ns", ours);
        Table.Samples("C loop, ns", loop);
    }

    /// <summary>One machine from start to end: the project's own thread, dispatcher and bus, with one device more.</summary>
    private static (ClockedPort Port, TimeSpan Cpu) RunOurs()
    {
        byte[] code = Places.GuestProgram("pio-loop");
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(CountOffset), Count);
        BinaryPrimitives.WriteUInt16LittleEndian(code.AsSpan(PortOffset), Port);
        var config = new MachineConfig
        {
            Name = "pio",
            Boot = new CodeBoot(code, CpuMode.Real, MemoryLayout.RawCode),
            MemoryBytes = MemoryBytes,
            InterruptController = false,
        };
        var port = new ClockedPort(Count);
        using var machine = new VirtualMachine(config, instance => instance.Ports.Insert(port, new AddressRange(Port, 1)));
        machine.Start();
        machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, Timeout.InfiniteTimeSpan, CancellationToken.None);
        return machine.LastExit is { Reason: ExitReason.Halted }
            ? (port, machine.Statistics.CpuTime)
            : throw new BenchNotPossibleException($"the guest ended with {machine.LastExit?.Reason}.");
    }
}
