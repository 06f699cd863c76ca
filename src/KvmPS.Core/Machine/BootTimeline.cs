using System.Diagnostics;
using System.Globalization;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>Collects the instants of one boot. Each was noted when it happened; the lines of a kernel are looked up in its console, whose lines have times.</summary>
internal static class BootTimeline
{
    private const int SearchBytes = 1 << 20; // GUEST-CONTROLLED: a console may be long, and no kernel says so much before init
    private const string Banner = "Linux version ";
    private const string InitStart = "Run ";
    private const string InitEnd = " as init process";

    /// <summary>The instants that have come, in their order.</summary>
    /// <param name="run">The run.</param>
    /// <param name="end">When and how it ended; null while it has not.</param>
    public static IReadOnlyList<BootMark> Of(MachineInstance run, (long Timestamp, MachineExit Exit)? end)
    {
        var marks = new List<BootMark>();
        Add(BootPhase.Load, run.BuiltAt, "The machine is built, its image loaded");
        foreach (VcpuThread vcpu in run.Vcpus)
            if (vcpu.FirstExitTimestamp is { } first) Add(BootPhase.FirstExit, first, $"vCPU {vcpu.Index}");
        SerialPort[] consoles = run.Serial == run.SerialPorts[0] ? [run.Serial] : [run.SerialPorts[0], run.Serial];
        foreach (SerialPort console in consoles) AddConsole(console);
        if (run.Ready is { } ready) Add(BootPhase.Ready, ready.Timestamp, string.Create(CultureInfo.InvariantCulture, $"Code {ready.Code}"));
        if (end is { } over) Add(BootPhase.End, over.Timestamp, over.Exit.Message);

        // Each vCPU exits, and a kernel repeats its lines on each console that it finds: the first time counts.
        return [.. marks.GroupBy(static mark => mark.Phase).Select(static group => group.MinBy(static mark => mark.Time)!).OrderBy(static mark => mark.Time).ThenBy(static mark => mark.Phase)];

        void Add(BootPhase phase, long timestamp, string text) => marks.Add(new BootMark(phase, Stopwatch.GetElapsedTime(run.BegunAt, timestamp), text));

        void AddConsole(SerialPort console)
        {
            if (console.Log.RunByteTimestamp is { } first) Add(BootPhase.FirstByte, first, console.Name);
            long start = console.Log.RunStart;
            foreach (SerialLine line in console.Log.LinesFrom(start).TakeWhile(line => line.Position < start + SearchBytes))
            {
                if (PhaseOf(line, out string text) is not { } phase || console.Log.TimestampOf(line.Position) is not { } timestamp) continue;
                if (timestamp >= run.BegunAt) Add(phase, timestamp, text); // not so when the times of old lines were thinned out
                if (phase == BootPhase.Init) return;
            }
        }
    }

    /// <summary>What a line of a kernel stands for, without its time stamp; null for all other lines.</summary>
    private static BootPhase? PhaseOf(SerialLine line, out string text)
    {
        text = line.Text;
        int stamp = text.StartsWith('[') ? text.IndexOf("] ", StringComparison.Ordinal) : -1;
        if (stamp > 0) text = text[(stamp + 2)..];
        if (!line.IsComplete) return null;
        if (text.StartsWith(Banner, StringComparison.Ordinal)) return BootPhase.Kernel;
        return text.StartsWith(InitStart, StringComparison.Ordinal) && text.EndsWith(InitEnd, StringComparison.Ordinal) ? BootPhase.Init : null;
    }
}
