namespace KvmPS.Core.Machine;

/// <summary>The end of a machine's run: reason, and what is known about it.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record MachineExit(ExitReason Reason, string Message)
{
    /// <summary>The exit code, for <see cref="ExitReason.DebugExit"/>.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The instruction and the registers, for faults.</summary>
    public MachineFault? Fault { get; init; }

    /// <summary>The exception that ended the run, for <see cref="ExitReason.InternalError"/> inside KvmPS.</summary>
    public Exception? Exception { get; init; }

    /// <summary>The state that the machine is in after this end: Failed when the host side could not go on.</summary>
    public MachineState StateAfter => Reason is ExitReason.EmulationFailure or ExitReason.InternalError ? MachineState.Failed : MachineState.Off;
}
