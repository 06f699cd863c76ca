using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>The counters of a machine at one moment, and what they have grown by since another.</summary>
internal sealed record MachineSample
{
    private MachineSample(KvmVM vm)
    {
        VirtualMachine machine = vm.Machine;
        Runs = machine.Runs;
        Resets = machine.Resets;
        Uptime = machine.Uptime;
        Statistics = machine.Statistics;
        SerialBytes = machine.SerialPorts.Concat(machine.VirtioPorts).Sum(static port => port.Log.TotalBytes);
        foreach (DiskStatistics disk in machine.Disks.Select(static disk => disk.Statistics).OfType<DiskStatistics>())
        {
            Reads += disk.Reads.Count;
            Writes += disk.Writes.Count;
            BytesRead += disk.Reads.Bytes;
            BytesWritten += disk.Writes.Bytes;
        }
    }

    /// <summary>A machine that has done nothing yet.</summary>
    private MachineSample() => Statistics = RunStatistics.None;

    public int Runs { get; }

    public int Resets { get; }

    public TimeSpan Uptime { get; }

    public RunStatistics Statistics { get; private init; }

    public long SerialBytes { get; }

    public long Reads { get; private init; }

    public long Writes { get; private init; }

    public long BytesRead { get; private init; }

    public long BytesWritten { get; private init; }

    private static MachineSample Zero { get; } = new();

    /// <summary>The counters now.</summary>
    public static MachineSample Of(KvmVM vm) => new(vm);

    /// <summary>The counters from which this sample counts on: of an earlier one, as far as none of them has begun anew.</summary>
    public MachineSample Baseline(MachineSample earlier)
    {
        if (earlier.Runs != Runs) return Zero;
        return earlier.Resets == Resets ? earlier : earlier with { Reads = 0, Writes = 0, BytesRead = 0, BytesWritten = 0 }; // a reset makes new disks, and goes on counting all else
    }
}
