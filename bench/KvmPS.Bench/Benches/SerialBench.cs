using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS.Bench.Benches;

/// <summary>Bulk data over COM1 in both directions, every byte checked in its order.</summary>
internal sealed class SerialBench : IBench
{
    private const int OutBytes = 4 << 20;
    private const int InBytes = 1 << 20;
    private const int CountOffset = 4;
    private const ulong MemoryBytes = 16 << 20;
    private const double Kibibyte = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public string Name => "serial";

    /// <inheritdoc/>
    public string Purpose => "4 MiB out of the guest and 1 MiB in, every byte in order, KiB/s";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        Table.Header("peer");
        (double rate, int wrong) = Flood();
        Table.Row("out, KiB/s", rate);
        Table.Row($"wrong or missing of {OutBytes} bytes out", wrong, Bar.AtMost(0));
        (rate, bool right) = Sink();
        Table.Row("in, KiB/s", rate);
        Table.Row($"wrong checksums over {InBytes} bytes in", right ? 0 : 1, Bar.AtMost(0));
    }

    private static (double Rate, int Wrong) Flood()
    {
        using VirtualMachine machine = Machine("flood", OutBytes);
        long start = Stopwatch.GetTimestamp();
        machine.Start();
        WaitForEnd(machine);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        byte[] received = new byte[OutBytes];
        int length = 0;
        for (long position = 0; length < received.Length;)
        {
            int count = machine.Serial!.Log.Read(ref position, received.AsSpan(length));
            if (count == 0) break;
            position += count;
            length += count;
        }

        byte[] sent = Sequence(OutBytes);
        int wrong = OutBytes - length;
        for (int i = 0; i < length; i++)
            if (sent[i] != received[i]) wrong++;
        return (OutBytes / Kibibyte / seconds, wrong);
    }

    private static (double Rate, bool Right) Sink()
    {
        using VirtualMachine machine = Machine("sink", InBytes);
        machine.Start();
        SerialLog log = machine.Serial!.Log;
        new SerialMatcher(log, ["^ready$"]).Wait(Patience, CancellationToken.None);
        byte[] bytes = Sequence(InBytes);
        long start = Stopwatch.GetTimestamp();
        machine.Serial.WriteInput(bytes);
        WaitForEnd(machine);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        uint checksum = bytes.Aggregate(0u, static (sum, value) => unchecked((sum * 33) + value));
        return (InBytes / Kibibyte / seconds, log.Text.Contains(checksum.ToString("x8", CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private static VirtualMachine Machine(string program, int count)
    {
        byte[] code = Places.GuestProgram(program);
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(CountOffset), count);
        return new VirtualMachine(new MachineConfig
        {
            Name = program,
            Boot = new CodeBoot(code, CpuMode.Real, MemoryLayout.RawCode),
            MemoryBytes = MemoryBytes,
            InterruptController = false,
        });
    }

    private static void WaitForEnd(VirtualMachine machine)
    {
        machine.WaitFor(static state => state != MachineState.Running, Patience, CancellationToken.None);
        if (machine.LastExit is not { Reason: ExitReason.DebugExit })
            throw new BenchNotPossibleException($"the guest did not end as it should: {machine.LastExit?.Message ?? "it still runs"}");
    }

    /// <summary>The sequence of tests/Guests.</summary>
    private static byte[] Sequence(int length)
    {
        byte[] bytes = new byte[length];
        uint state = 0;
        foreach (ref byte value in bytes.AsSpan())
        {
            state = unchecked(BitOperations.RotateLeft(state, 8) + 0x9E3779B9);
            value = (byte)state;
        }

        return bytes;
    }
}
