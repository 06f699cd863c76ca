using KvmPS.Commands;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>What a machine did over an interval.</summary>
public sealed class KvmMeasurement
{
    internal KvmMeasurement(KvmVM vm, MachineSample from, MachineSample to)
    {
        from = to.Baseline(from);
        VMName = vm.Name;
        State = vm.State;
        Duration = to.Uptime - from.Uptime;
        CpuTime = to.Statistics.CpuTime - from.Statistics.CpuTime;
        CpuUsage = Duration > TimeSpan.Zero ? Math.Round(100 * (CpuTime / Duration), 1) : 0;
        ExitCounts = ExitCount.Between(from.Statistics, to.Statistics);
        Exits = ExitCounts.Values.Sum();
        SerialBytes = to.SerialBytes - from.SerialBytes;
        DiskReads = to.Reads - from.Reads;
        DiskWrites = to.Writes - from.Writes;
        DiskBytesRead = to.BytesRead - from.BytesRead;
        DiskBytesWritten = to.BytesWritten - from.BytesWritten;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>What it was doing at the end of the interval.</summary>
    public MachineState State { get; }

    /// <summary>How long the machine was on in the interval: all of it, unless it ended before.</summary>
    public TimeSpan Duration { get; }

    /// <summary>CPU time of the vCPUs, in the guest and for it.</summary>
    public TimeSpan CpuTime { get; }

    /// <summary>The same in percent of one host CPU.</summary>
    public double CpuUsage { get; }

    /// <summary>Exits of the vCPUs to the host.</summary>
    public long Exits { get; }

    /// <summary>The same by reason; reasons that did not come are left out.</summary>
    public IReadOnlyDictionary<string, long> ExitCounts { get; }

    /// <summary>Bytes that the guest wrote to its serial ports and console ports.</summary>
    public long SerialBytes { get; }

    /// <summary>Reads of all disks that have ended.</summary>
    public long DiskReads { get; }

    /// <summary>Writes of all disks that have ended.</summary>
    public long DiskWrites { get; }

    /// <summary>Bytes read from all disks.</summary>
    public long DiskBytesRead { get; }

    /// <summary>Bytes written to all disks.</summary>
    public long DiskBytesWritten { get; }

    /// <summary>The machine's name and its exits.</summary>
    public override string ToString() => $"{VMName}: {Exits} exits";
}
