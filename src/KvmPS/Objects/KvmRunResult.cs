using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>What a machine did from its start to its end.</summary>
public sealed class KvmRunResult
{
    internal KvmRunResult(KvmVM vm)
    {
        RunStatistics statistics = vm.Machine.Statistics;
        VMName = vm.Name;
        ExitReason = vm.ExitReason;
        ExitCode = vm.ExitCode;
        Message = vm.LastExit?.Message ?? "";
        Fault = vm.LastExit?.Fault;
        SerialLog spoken = vm.Machine.Spoken!.Log;
        SerialText = spoken.Text;
        SerialDroppedBytes = spoken.DroppedBytes;
        DebugConsoleText = vm.DebugConsoleText;
        PostCodes = vm.PostCodes;
        Duration = vm.Uptime;
        TimeToFirstByte = vm.TimeToFirstByte;
        CpuTime = statistics.CpuTime;
        ExitCounts = ExitCount.ByName(statistics);
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>Why it ended.</summary>
    public ExitReason ExitReason { get; }

    /// <summary>The exit code that the guest gave to the debug-exit port.</summary>
    public int? ExitCode { get; }

    /// <summary>One sentence about the end.</summary>
    public string Message { get; }

    /// <summary>From the start to the end, with the making of the machine.</summary>
    public TimeSpan Duration { get; }

    /// <summary>From the start to the first byte on the console or COM1; null when there was none.</summary>
    public TimeSpan? TimeToFirstByte { get; }

    /// <summary>CPU time of the vCPUs, in the guest and for it.</summary>
    public TimeSpan CpuTime { get; }

    /// <summary>Exits of the vCPUs to the host, by reason.</summary>
    public IReadOnlyDictionary<string, long> ExitCounts { get; }

    /// <summary>All that the console kept; when the guest has said nothing there, what COM1 did.</summary>
    public string SerialText { get; }

    /// <summary>Bytes of the console that were dropped from its middle, because it was longer than its bound.</summary>
    public long SerialDroppedBytes { get; }

    /// <summary>What the guest wrote to the debug console, port 0xE9.</summary>
    public string DebugConsoleText { get; }

    /// <summary>The newest codes that the guest wrote to the diagnostic port 0x80, oldest first, at most 256.</summary>
    public KvmPostCode[] PostCodes { get; }

    /// <summary>Where the vCPU was, when it ended with a fault.</summary>
    public KvmFault? Fault { get; }

    /// <summary>The machine's name and how it ended.</summary>
    public override string ToString() => $"{VMName}: {ExitReason}{(ExitCode is { } code ? $" ({code})" : "")}";
}
